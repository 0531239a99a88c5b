import type { Connection } from './connection.ts'

/**
 * A call that comes while the event loop is in a turn has waited, at the end, for as long as the turn took. More than this is
 * more than most callers notice.
 */
const LONG_TURN_MS = 25
/** What a turn is to take instead. */
const GOAL_MS = 15
/** One long turn may be a pause of the garbage collector, or one large list; so many in a row are too many calls. */
const LONG_TURNS = 4
/** What every connection is left, however many there are. */
const MIN_CALLS = 4
/** A client has to be told, and to answer, before it is told anew. */
const CHANGE_INTERVAL_MS = 250
/** Where turns are short again, connections are allowed so many times as much, until the limit no longer matters. */
const GROWTH = 2

/**
 * Has clients ask for less at a time while they ask for more than is answered at once.
 *
 * Most calls cost about as much to refuse as to answer, so refusing them would leave less time to answer any. HTTP/2 lets a
 * server say how many calls of a connection it works on at a time: what is over that waits with the client, which costs
 * nothing here, and those of other clients come in between.
 */
export class Congestion {
  #isInTurn = false
  #turn = 0
  #beganAt = 0
  #calls = 0
  #longTurns = 0
  #changedAt = 0
  /** Those that called in this turn. */
  #busy: Connection[] = []
  /** Those that are held to fewer calls than others. */
  readonly #narrowed = new Set<Connection>()
  readonly #now: () => number

  /** @param now a clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Told of each call when it begins. */
  began(connection: Connection): void {
    if (!this.#isInTurn) {
      this.#isInTurn = true
      this.#beganAt = this.#now()
      setImmediate(() => this.#endTurn())
    }
    this.#calls += 1
    if (connection.turn === this.#turn) {
      connection.callsInTurn += 1
      return
    }
    connection.turn = this.#turn
    connection.callsInTurn = 1
    this.#busy.push(connection)
  }

  /** Of a connection that is closed. */
  forget(connection: Connection): void {
    this.#narrowed.delete(connection)
  }

  #endTurn(): void {
    const now = this.#now()
    const tookMs = now - this.#beganAt
    this.#longTurns = tookMs > LONG_TURN_MS ? this.#longTurns + 1 : 0
    if (now - this.#changedAt >= CHANGE_INTERVAL_MS) {
      if (this.#longTurns >= LONG_TURNS) this.#narrow(now, tookMs)
      else if (this.#longTurns === 0 && this.#narrowed.size > 0) this.#widen(now)
    }
    this.#isInTurn = false
    this.#turn += 1
    this.#calls = 0
    this.#busy = []
  }

  #narrow(now: number, tookMs: number): void {
    const share = Math.max(MIN_CALLS, Math.floor((this.#calls * GOAL_MS) / tookMs / this.#busy.length))
    for (const connection of this.#busy) {
      if (connection.callsInTurn <= share || !connection.limitCalls(share)) continue
      this.#narrowed.add(connection)
      this.#changedAt = now
    }
  }

  #widen(now: number): void {
    this.#changedAt = now
    for (const connection of this.#narrowed) {
      const isUsed = connection.turn === this.#turn && connection.callsInTurn > connection.callLimit / GROWTH
      const limit = isUsed ? connection.callLimit * GROWTH : Number.POSITIVE_INFINITY
      if (connection.limitCalls(limit) && connection.callLimit === Number.POSITIVE_INFINITY) {
        this.#narrowed.delete(connection)
      }
    }
  }
}
