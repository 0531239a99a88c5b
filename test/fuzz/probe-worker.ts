/** Looks a chat up every few milliseconds on one port, in a thread of its own, and tells how long it waited. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Door } from './attack.ts'
import { callerOf } from './lookup.ts'
import type { ProbeMessage } from './probe.ts'

const INTERVAL_MS = 5

const { door, port } = workerData as { door: Door; port: number }
const stopped = new AbortController()
parentPort!.once('message', () => stopped.abort())

const waits = createHistogram()
const caller = callerOf(door, port)
let lookups = 0
try {
  // The first one connects.
  await caller.lookUp()
  send({ kind: 'ready' })
  while (!stopped.signal.aborted) {
    const start = performance.now()
    await caller.lookUp()
    lookups += 1
    record(waits, performance.now() - start)
    await sleep(Math.max(0, start + INTERVAL_MS - performance.now()))
  }
} catch (error) {
  send({ kind: 'fault', fault: (error as Error).message })
} finally {
  caller.close()
}
const quantile = (percent: number) => (lookups === 0 ? 0 : waits.percentile(percent) / 1_000)
send({
  kind: 'figures',
  figures: { door, lookups, p50Ms: quantile(50), p99Ms: quantile(99), worstMs: lookups === 0 ? 0 : waits.max / 1_000 },
})
// The answer to a stop is what is waited for; without it the port would keep the thread.
parentPort!.close()

/** Counts also those who would have asked while this one waited. */
function record(histogram: RecordableHistogram, waitedMs: number): void {
  for (let wait = waitedMs; wait > 0; wait -= INTERVAL_MS) histogram.record(Math.max(1, Math.round(1_000 * wait)))
}

function send(message: ProbeMessage): void {
  parentPort!.postMessage(message)
}
