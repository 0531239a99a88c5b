import { load, median, type Subject } from './machine.ts'
import type { Goal } from './report.ts'
import { seededStore } from './streams.ts'

/** Few calls at a time: here the time of one counts, not how many pass. */
const IN_FLIGHT = 4
const CALLS = 10_000

export interface Scaling {
  readonly sizes: { readonly small: number; readonly large: number }
  readonly p50Ms: { readonly small: number; readonly large: number }
  readonly coldStartSeconds: number
  readonly bytesPerStream: number
  readonly goals: readonly Goal[]
}

/** Compares a large directory with a small one: time of a lookup, memory, and time until the first answer. */
export async function measureScale(
  sizes: Scaling['sizes'],
  start: (storePath: string, ...more: string[]) => Promise<Subject>,
  path: string,
  requestsOf: (size: number) => string[],
  rounds: number,
): Promise<Scaling> {
  const small = await start(await seededStore(sizes.small))
  const largePath = await seededStore(sizes.large)
  const begin = performance.now()
  const large = await start(largePath)
  const requests = { small: requestsOf(sizes.small), large: requestsOf(sizes.large) }
  await untilAnswering(large, path, requests.large)
  const coldStartSeconds = (performance.now() - begin) / 1_000

  const samples = { small: [] as number[], large: [] as number[] }
  const once = (subject: Subject, size: 'small' | 'large') =>
    load({ address: subject.address, path, requests: requests[size], calls: CALLS, inFlight: IN_FLIGHT }).p50Ms
  for (const [subject, size] of [[small, 'small'] as const, [large, 'large'] as const]) once(subject, size)
  for (let round = 0; round < rounds; round++) {
    samples.small.push(once(small, 'small'))
    samples.large.push(once(large, 'large'))
  }
  const bytesPerStream = (large.residentBytes() - small.residentBytes()) / (sizes.large - sizes.small)
  await Promise.all([small.stop(), large.stop()])

  const p50Ms = { small: median(samples.small), large: median(samples.large) }
  const of = `${sizes.large} streams`
  return {
    sizes,
    p50Ms,
    coldStartSeconds,
    bytesPerStream,
    goals: [
      {
        name: `lookup among ${of} against ${sizes.small}, p50`,
        measured: p50Ms.large / p50Ms.small,
        bound: { most: 1.2 },
        unit: '×',
      },
      { name: `memory of ${of}, each`, measured: bytesPerStream, bound: { most: 600 }, unit: 'B' },
      { name: `cold start of ${of} from SQLite`, measured: coldStartSeconds, bound: { most: 10 }, unit: 's' },
    ],
  }
}

/** A server that loads refuses calls; the first that succeeds ends the start. */
async function untilAnswering(subject: Subject, path: string, requests: readonly string[]): Promise<void> {
  for (;;) {
    try {
      load({ address: subject.address, path, requests, calls: 1, inFlight: 1 })
      return
    } catch (error) {
      if (!String(error).includes('grpc-status 14')) throw error
    }
  }
}
