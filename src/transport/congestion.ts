import type { Connection } from './connection.ts'

/**
 * How many calls a new connection may have open at a time. Clients that have not read the settings of a server yet take it for
 * so many, and would have those refused that are more.
 */
export const INITIAL_CALLS = 100
/**
 * A call that comes while the event loop is in a turn has waited, at the end, for as long as the turn took. More than this is
 * more than most callers notice.
 */
const LONG_TURN_MS = 10
/** What a turn is to take instead. */
const GOAL_MS = 5
/** A turn of fewer calls is long for another reason: the garbage collector, or a large list. */
const MANY_CALLS = 64
/** What every connection is left, however many there are. */
const MIN_CALLS = 4
/** Connections are allowed so many times as much while they would use it and turns are short. */
const GROWTH = 2
/** In such a turn there is room for that. */
const SHORT_TURN_MS = GOAL_MS / GROWTH
/** After a long turn, until when connections are held to less: a client has to be told, and to answer. */
const HOLD_MS = 250

/**
 * Has clients ask for less at a time while they ask for more than is answered at once.
 *
 * Most calls cost about as much to refuse as to answer, so refusing them would leave less time to answer any. HTTP/2 lets a
 * server say how many calls of a connection it works on at a time: what is over that waits with the client, which costs
 * nothing here, and those of other clients come in between. A connection begins with a limit that suits most, so that many at
 * once are not too many before they can be told.
 */
export class Congestion {
  #isInTurn = false
  #turn = 0
  #beganAt = 0
  #calls = 0
  #narrowedAt = Number.NEGATIVE_INFINITY
  /** Those that called in this turn. */
  #busy: Connection[] = []
  /** Those that use most of what they are allowed. */
  readonly #pressing = new Set<Connection>()
  #timer: NodeJS.Timeout | undefined
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
    this.#pressing.delete(connection)
  }

  #endTurn(): void {
    const now = this.#now()
    const tookMs = now - this.#beganAt
    for (const connection of this.#busy) {
      if (Math.max(connection.callsInTurn, connection.openCalls) > connection.callLimit / GROWTH) {
        this.#pressing.add(connection)
      }
    }
    if (tookMs > LONG_TURN_MS && this.#calls >= MANY_CALLS) this.#narrow(now, tookMs)
    else if (tookMs < SHORT_TURN_MS) this.#widen(now)
    if (this.#pressing.size > 0) this.#timer ??= setTimeout(() => this.#lookAgain(), HOLD_MS).unref()
    this.#isInTurn = false
    this.#turn += 1
    this.#calls = 0
    this.#busy = []
  }

  #narrow(now: number, tookMs: number): void {
    const share = Math.max(MIN_CALLS, Math.floor((this.#calls * GOAL_MS) / tookMs / this.#busy.length))
    for (const connection of this.#busy) {
      if (connection.callsInTurn > share && connection.limitCalls(share)) this.#narrowedAt = now
    }
  }

  #widen(now: number): void {
    if (now - this.#narrowedAt < HOLD_MS) return
    for (const connection of this.#pressing) {
      if (connection.limitCalls(connection.callLimit * GROWTH)) this.#pressing.delete(connection)
    }
  }

  /** A client whose streams take all that it is allowed makes no call that would end a turn. */
  #lookAgain(): void {
    this.#timer = undefined
    if (!this.#isInTurn) this.#widen(this.#now())
    if (this.#pressing.size > 0) this.#timer = setTimeout(() => this.#lookAgain(), HOLD_MS).unref()
  }
}
