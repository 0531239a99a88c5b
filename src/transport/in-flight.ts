import { ChatApiError } from '../domain/errors.ts'
import type { Call } from './call.ts'
import type { Connection } from './connection.ts'
import type { Route } from './route.ts'

/** How long answers may take to leave once every call is ended, and clients to take note of an error amid their request. */
export const FLUSH_MS = 1000

/**
 * Of one method, streams left out. They wait for the store, which answers so many within a fraction of a second where it is
 * well; where it is not, more would wait in vain.
 */
const MAX_CALLS_OF_METHOD = 1_024

const RETRY_MS = 1_000

/** The calls whose handlers are at work. One that is answered at once is never among them. */
export class InFlight {
  readonly #calls = new Set<Call>()
  /** How many there are of each method. */
  readonly #ofRoute = new Map<Route, number>()

  add(call: Call): void {
    this.#calls.add(call)
    this.#ofRoute.set(call.route, (this.#ofRoute.get(call.route) ?? 0) + 1)
  }

  delete(call: Call): void {
    this.#calls.delete(call)
    this.#ofRoute.set(call.route, this.#ofRoute.get(call.route)! - 1)
  }

  /** Throws OVERLOADED where more calls of the method are at work than may be. */
  assertRoom(route: Route): void {
    const calls = this.#ofRoute.get(route) ?? 0
    if (calls <= MAX_CALLS_OF_METHOD) return
    throw new ChatApiError('OVERLOADED', `more than ${MAX_CALLS_OF_METHOD} calls of ${route.method.name} are at work`, {
      retryAfterMs: RETRY_MS,
    })
  }

  /** Ends calls that are answered by a stream, which may have no end of its own. */
  endStreams(): void {
    for (const call of [...this.#calls]) if (call.route.givesStream) call.fail(shuttingDown())
  }

  /** Ends the watches of a connection that is to be given up: it would stay open for as long as they go on. */
  endWatchesOf(connection: Connection): void {
    for (const call of [...this.#calls]) {
      if (call.route.isWatch && call.exchange.connection === connection) call.fail(connectAnew())
    }
  }

  endAll(): void {
    for (const call of [...this.#calls]) call.fail(shuttingDown())
  }
}

function connectAnew(): ChatApiError {
  return new ChatApiError('SHUTTING_DOWN', 'this connection has reached its age; watch again on a new one')
}

function shuttingDown(): ChatApiError {
  return new ChatApiError('SHUTTING_DOWN', 'the server is shutting down')
}
