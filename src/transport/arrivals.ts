import type { Exchange } from './exchange.ts'
import { FLUSH_MS } from './in-flight.ts'

/**
 * Times how long requests take to arrive. Most are whole within the turn of the event loop in which they begin, and cost no
 * timer.
 */
export class Arrivals {
  readonly #timeoutMs: number
  #begun: Exchange[] = []

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  watch(exchange: Exchange): void {
    if (this.#begun.length === 0) setImmediate(() => this.#startTimers())
    this.#begun.push(exchange)
  }

  #startTimers(): void {
    const begun = this.#begun
    this.#begun = []
    for (const exchange of begun) {
      if (!exchange.isArriving) continue
      const patienceMs = exchange.receiver.patienceMs(this.#timeoutMs)
      if (patienceMs === Number.POSITIVE_INFINITY) continue
      exchange.arrivalTimer = setTimeout(giveUp, patienceMs, exchange, this.#timeoutMs).unref()
    }
  }
}

/** Lets the receiver say so, and cuts the client off a moment later, whatever became of that. */
function giveUp(exchange: Exchange, timeoutMs: number): void {
  exchange.receiver.late(timeoutMs)
  exchange.cutOffSoon(FLUSH_MS)
}
