/** Smaller answers leave at once. */
const MIN_LARGE_BYTES = 64 * 1024

/** What of them leaves in one turn of the event loop: which takes about half a millisecond. */
const MAX_BYTES_PER_TURN = 2 * 1024 * 1024

interface Waiting {
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

  /** Sends an answer of so many bytes, now or in one of the next turns. */
  send(bytes: number, send: () => void): void {
    if (bytes < MIN_LARGE_BYTES) {
      send()
      return
    }
    if (this.#waiting.length === 0) setImmediate(() => this.#takeTurn())
    this.#waiting.push({ bytes, send })
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
