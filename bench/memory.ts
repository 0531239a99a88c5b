import { setTimeout as sleep } from 'node:timers/promises'
import { type Environment, root, type Subject } from './machine.ts'

export const MB = 1_000_000
const POLL_MS = 250

/** With this environment a server collects its garbage when `collect` asks for it. */
export const COLLECTING: Environment = { NODE_OPTIONS: `--import=${root}bench/collect-on-signal.ts` }

/** Waits until memory has stayed within one percent for a while, at most `limitMs`, and returns the most that was seen. */
export async function settle(subject: Subject, quietMs: number, limitMs: number): Promise<number> {
  const end = performance.now() + limitMs
  let most = subject.residentBytes()
  let level = most
  for (let quietSince = performance.now(); performance.now() < end; await sleep(POLL_MS)) {
    const now = subject.residentBytes()
    most = Math.max(most, now)
    if (Math.abs(now - level) > level / 100) {
      level = now
      quietSince = performance.now()
    } else if (performance.now() - quietSince >= quietMs) break
  }
  return most
}

/** Memory without garbage, of a server that was started with `COLLECTING`. */
export async function residentAfterCollection(subject: Subject, quietMs: number): Promise<number> {
  await settle(subject, quietMs, 10 * quietMs)
  process.kill(subject.pid, 'SIGUSR2')
  await settle(subject, quietMs, 10 * quietMs)
  return subject.residentBytes()
}
