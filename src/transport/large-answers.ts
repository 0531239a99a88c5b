import { ChatApiError } from '../domain/errors.ts'

/** Smaller answers leave at once. */
const MIN_LARGE_BYTES = 64 * 1024

/** What of them leaves in one turn of the event loop: which takes about half a millisecond. */
const MAX_BYTES_PER_TURN = 2 * 1024 * 1024

/** For how long the first of those that wait may have, before more are refused: about 300 MB later, with a core to itself. */
const MAX_WAIT_MS = 250

const RETRY_MS = 1_000

interface Waiting {
  readonly since: number
  readonly bytes: number
  readonly send: () => void
}

/**
 * Lets large answers leave a few in each turn of the event loop, in the order in which they were ready. Were all sent at
 * once that are asked for at once, as lists are by many plugins that start together, a lookup would wait for all of them.
 */
export class LargeAnswers {
  /** As many as there is room for in `HeldBytes`, which has counted them. */
  readonly #waiting: Waiting[] = []
  readonly #now: () => number

  /** @param now a clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Throws where an answer of so many bytes would wait for too long. */
  assertRoom(bytes: number): void {
    const first = this.#waiting[0]
    if (bytes < MIN_LARGE_BYTES || !first || this.#now() - first.since <= MAX_WAIT_MS) return
    throw new ChatApiError('OVERLOADED', 'more large answers wait to be sent than this server sends in time', {
      retryAfterMs: RETRY_MS,
    })
  }

  /** Sends an answer of so many bytes, now or in one of the next turns. */
  send(bytes: number, send: () => void): void {
    if (bytes < MIN_LARGE_BYTES) {
      send()
      return
    }
    if (this.#waiting.length === 0) setImmediate(() => this.#takeTurn())
    this.#waiting.push({ since: this.#now(), bytes, send })
  }

  #takeTurn(): void {
    let sent = 0
    while (sent < MAX_BYTES_PER_TURN) {
      const next = this.#waiting.shift()
      if (!next) return
      sent += next.bytes
      next.send()
    }
    if (this.#waiting.length > 0) setImmediate(() => this.#takeTurn())
  }
}
