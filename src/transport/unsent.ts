import { ChatApiError } from '../domain/errors.ts'

/** What the answers that a connection has not taken yet may make up together, in their binary form. */
export const MAX_UNSENT_BYTES = 64 * 1024 * 1024

/** Smaller answers are not counted: those of all calls that a connection may make at once are 8 MiB. */
export const MIN_COUNTED_BYTES = 64 * 1024

/** Counts what each connection has yet to take, so that a client that does not read costs no more than it may. */
export class UnsentAnswers {
  readonly #bytes = new Map<unknown, number>()

  /** Returns what is to be called once the bytes are sent or dropped; a second time is fine. */
  take(connection: unknown, bytes: number): () => void {
    if (bytes < MIN_COUNTED_BYTES) return () => {}
    const total = (this.#bytes.get(connection) ?? 0) + bytes
    if (total > MAX_UNSENT_BYTES) throw tooMuchUnread(total)
    this.#bytes.set(connection, total)
    let isTaken = true
    return () => {
      if (isTaken) this.#release(connection, bytes)
      isTaken = false
    }
  }

  #release(connection: unknown, bytes: number): void {
    const rest = (this.#bytes.get(connection) ?? 0) - bytes
    if (rest > 0) this.#bytes.set(connection, rest)
    else this.#bytes.delete(connection)
  }
}

function tooMuchUnread(bytes: number): ChatApiError {
  return new ChatApiError(
    'MESSAGE_TOO_LARGE',
    `too much is unread on this connection: with this answer ${bytes} bytes; a connection may leave ${MAX_UNSENT_BYTES} unread`,
  )
}
