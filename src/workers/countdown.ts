const TICKS = 4

/**
 * Calls back after a while in which this process could have heard of what is waited for: a machine that slept, or a process
 * that was held up, finds one tick of it gone and not all.
 */
export class Countdown {
  readonly #tell: () => void
  readonly #tickMs: number
  #left = TICKS
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number, tell: () => void) {
    this.#tell = tell
    this.#tickMs = ms / TICKS
    this.#tick()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#left = 0
  }

  #tick(): void {
    this.#timer = setTimeout(() => {
      this.#left -= 1
      if (this.#left > 0) this.#tick()
      else if (this.#left === 0) this.#tell()
    }, this.#tickMs)
  }
}
