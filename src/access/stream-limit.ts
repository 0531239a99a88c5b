import { ChatApiError } from '../domain/errors.ts'

/** A stream of the caller may have ended by then. */
const RETRY_MS = 1_000

/** How many streams each caller may have open at a time. Counts per server. */
export class StreamLimit {
  readonly #max: number
  readonly #open = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Counts a stream until `close`. Throws RATE_LIMITED where the caller has as many open as it may. */
  open(caller: string): void {
    const open = this.#open.get(caller) ?? 0
    if (open >= this.#max) {
      throw new ChatApiError('RATE_LIMITED', `${open} streams of this caller are open, as many as it may have`, {
        retryAfterMs: RETRY_MS,
      })
    }
    this.#open.set(caller, open + 1)
  }

  close(caller: string): void {
    const rest = this.#open.get(caller)! - 1
    if (rest > 0) this.#open.set(caller, rest)
    else this.#open.delete(caller)
  }
}
