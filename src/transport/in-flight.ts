import { ChatApiError } from '../domain/errors.ts'
import type { Call } from './call.ts'

/** How long answers may take to leave once every call is ended, and clients to take note of an error amid their request. */
export const FLUSH_MS = 1000

/** The calls whose handlers are at work. One that is answered at once is never among them. */
export class InFlight {
  readonly #calls = new Set<Call>()

  add(call: Call): void {
    this.#calls.add(call)
  }

  delete(call: Call): void {
    this.#calls.delete(call)
  }

  /** Ends calls that are answered by a stream, which may have no end of its own. */
  endStreams(): void {
    for (const call of [...this.#calls]) if (call.route.givesStream) call.fail(shuttingDown())
  }

  endAll(): void {
    for (const call of [...this.#calls]) call.fail(shuttingDown())
  }
}

function shuttingDown(): ChatApiError {
  return new ChatApiError('SHUTTING_DOWN', 'the server is shutting down')
}
