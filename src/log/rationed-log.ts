import type { Logger } from 'pino'

const INTERVAL_MS = 1_000

/** Tells of what can happen any number of times: at most one line a second, which counts those left out. */
export class RationedLog {
  readonly #log: Logger
  readonly #level: 'warn' | 'error'
  #toldAt = Number.NEGATIVE_INFINITY
  #untold = 0

  constructor(log: Logger, level: 'warn' | 'error') {
    this.#log = log
    this.#level = level
  }

  tell(fields: Readonly<Record<string, unknown>>, message: string): void {
    const now = performance.now()
    if (now - this.#toldAt < INTERVAL_MS) {
      this.#untold += 1
      return
    }
    this.#log[this.#level](this.#untold > 0 ? { ...fields, untold: this.#untold } : fields, message)
    this.#toldAt = now
    this.#untold = 0
  }
}
