/** A worker that served for so long was none that cannot serve. */
const STABLE_MS = 10_000
const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 30_000

/** How soon a worker that ended by itself is replaced: at once, and later each time where they do not last. */
export class Restarts {
  #nextMs = 0

  /** @param servedMs for how long the worker that ended served */
  delayMs(servedMs: number): number {
    if (servedMs >= STABLE_MS) this.#nextMs = 0
    const delayMs = this.#nextMs
    this.#nextMs = Math.min(Math.max(FIRST_DELAY_MS, delayMs * 2), LONGEST_DELAY_MS)
    return delayMs
  }
}
