import { ChatApiError } from '../domain/errors.ts'

/** What a caller may save up, in seconds of its rate: enough for a plugin that starts and asks for what it needs at once. */
const BURST_SECONDS = 2
/** Buckets that are full again are forgotten when there are so many: a few megabytes. */
const MAX_BUCKETS = 50_000

interface Bucket {
  tokens: number
  /** In milliseconds, as `performance.now` has them. */
  at: number
}

/** How many calls a second each caller may make: a token bucket for each. Counts per server. */
export class RateLimit {
  readonly #perSecond: number
  readonly #capacity: number
  readonly #buckets = new Map<string, Bucket>()
  readonly #now: () => number

  /** @param now a clock in milliseconds */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#capacity = Math.max(1, perSecond * BURST_SECONDS)
    this.#now = now
  }

  /** Throws RATE_LIMITED, with the time after which a call succeeds, where the caller has made too many. */
  take(caller: string): void {
    const now = this.#now()
    const bucket = this.#buckets.get(caller) ?? this.#newBucket(caller, now)
    bucket.tokens = Math.min(this.#capacity, bucket.tokens + ((now - bucket.at) / 1_000) * this.#perSecond)
    bucket.at = now
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return
    }
    const retryAfterMs = Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1_000)
    throw new ChatApiError(
      'RATE_LIMITED',
      `more than ${this.#perSecond} calls a second; ask again in ${retryAfterMs} ms`,
      {
        retryAfterMs,
      },
    )
  }

  #newBucket(caller: string, now: number): Bucket {
    if (this.#buckets.size >= MAX_BUCKETS) this.#forgetFull(now)
    const bucket = { tokens: this.#capacity, at: now }
    this.#buckets.set(caller, bucket)
    return bucket
  }

  #forgetFull(now: number): void {
    const fullAfterMs = (this.#capacity / this.#perSecond) * 1_000
    for (const [caller, { at }] of this.#buckets) if (now - at >= fullAfterMs) this.#buckets.delete(caller)
    // All of them call: whoever has done so longest ago begins anew.
    for (const caller of this.#buckets.keys()) {
      if (this.#buckets.size < MAX_BUCKETS) break
      this.#buckets.delete(caller)
    }
  }
}
