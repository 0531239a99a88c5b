import type { Logger } from 'pino'

const INTERVAL_MS = 1_000

/** Tells of what anyone who reaches a port can cause: at most one line a second, which counts those left out. */
export class StrangerLog {
  readonly #log: Logger
  #toldAt = Number.NEGATIVE_INFINITY
  #untold = 0

  constructor(log: Logger) {
    this.#log = log
  }

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    const now = performance.now()
    if (now - this.#toldAt < INTERVAL_MS) {
      this.#untold += 1
      return
    }
    this.#log.warn(this.#untold > 0 ? { ...fields, untold: this.#untold } : fields, message)
    this.#toldAt = now
    this.#untold = 0
  }
}
