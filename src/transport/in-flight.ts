import { ChatApiError } from '../domain/errors.ts'

/** How long answers may take to leave once every call is ended. */
export const FLUSH_MS = 1000

export function shuttingDown(): ChatApiError {
  return new ChatApiError('SHUTTING_DOWN', 'the server is shutting down')
}

/** The calls that wait for something, each with a way to end it. */
export class InFlight {
  readonly #ends = new Set<(error: unknown) => void>()

  add(end: (error: unknown) => void): void {
    this.#ends.add(end)
  }

  delete(end: (error: unknown) => void): void {
    this.#ends.delete(end)
  }

  endAll(error: unknown): void {
    for (const end of [...this.#ends]) end(error)
  }
}
