import { Code } from '@connectrpc/connect'
import type { Metric, Registry } from '@prometheus-io/client'

/** Upper bounds of the buckets in seconds: lookups take tens of microseconds, lists milliseconds, writes what a disk takes. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const OK = 0
/** By number, as gRPC spells them: `NOT_FOUND`. */
const CODE_NAMES = Array.from({ length: Code.Unauthenticated + 1 }, (_, code) => nameOf(code))

/** What is counted of one method. */
class MethodTally {
  readonly name: string
  readonly byCode = new Float64Array(CODE_NAMES.length)
  /** The last is for what took longer than any bound. */
  readonly byBucket = new Float64Array(BUCKETS.length + 1)
  seconds = 0

  constructor(name: string) {
    this.name = name
  }
}

/**
 * Counts calls by method and code, and how long they take.
 *
 * In arrays of its own, which become metrics when they are asked for: the counters and histograms of the library cost a call
 * a microsecond, these a twentieth of it.
 */
export class CallMetrics {
  readonly #tallies = new Map<string, MethodTally>()

  /** @param code undefined for a call that succeeded */
  ended(method: string, code: Code | undefined, seconds: number): void {
    let tally = this.#tallies.get(method)
    if (!tally) {
      tally = new MethodTally(method)
      this.#tallies.set(method, tally)
    }
    tally.byCode[code ?? OK]! += 1
    tally.seconds += seconds
    let bucket = 0
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++
    tally.byBucket[bucket]! += 1
  }

  register(registry: Registry): void {
    registry.registerMetric(
      metric('chatapi_calls_total', 'Calls that ended, by method and code.', 'counter', () => this.#counts()),
    )
    registry.registerMetric(
      metric('chatapi_call_duration_seconds', 'How long calls took.', 'histogram', () => this.#durations()),
    )
  }

  #counts(): Value[] {
    return [...this.#tallies.values()].flatMap(({ name, byCode }) =>
      CODE_NAMES.map((code, index) => ({ labels: { method: name, code }, value: byCode[index]! })).filter(
        ({ value }) => value > 0,
      ),
    )
  }

  #durations(): Value[] {
    return [...this.#tallies.values()].flatMap(({ name, byBucket, seconds }) => {
      let count = 0
      const buckets = [...BUCKETS, '+Inf'].map((le, index) => {
        count += byBucket[index]!
        return { metricName: 'chatapi_call_duration_seconds_bucket', labels: { le, method: name }, value: count }
      })
      return [
        ...buckets,
        { metricName: 'chatapi_call_duration_seconds_sum', labels: { method: name }, value: seconds },
        { metricName: 'chatapi_call_duration_seconds_count', labels: { method: name }, value: count },
      ]
    })
  }
}

function nameOf(code: Code | typeof OK): string {
  if (code === OK) return 'OK'
  // The one word that gRPC and Connect spell differently.
  if (code === Code.Canceled) return 'CANCELLED'
  return Code[code]!.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
}

interface Value {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A metric whose values are put together when they are asked for. */
function metric(name: string, help: string, type: string, read: () => Value[]): Metric {
  return { name, help, type, aggregator: 'sum', get: async () => ({ name, help, type, values: read() }) } as never
}
