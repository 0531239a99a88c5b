import { ChatApiError } from '../domain/errors.ts'
import type { Connection } from './connection.ts'

/** What one connection may leave waiting in the server. */
export const MAX_HELD_BYTES_PER_CONNECTION = 64 * 1024 * 1024

/** Larger answers may be shared, as complete lists are, and are then counted once, however many clients are to read them. */
const MIN_SHARED_BYTES = 64 * 1024

/** What a call costs that is a stream and stays open, be it idle: about 7 KiB are measured. */
const STREAM_BYTES = 8 * 1024

const OVERLOAD_RETRY_MS = 1_000

/**
 * Counts the bytes that wait in the server for its clients: answers that they do not read, requests that they do not finish,
 * streams that they leave open. A client that does either costs no more than it may. Where all of them together cost too much, the connection
 * that holds most is cut off, so that nobody keeps the others from being served.
 */
export class HeldBytes {
  readonly #max: number
  #total = 0
  /** What is held by connections that are cut off, and so is released soon. */
  #leaving = 0
  /** How many exchanges are yet to be read of the same bytes. */
  readonly #readers = new Map<Uint8Array, number>()
  readonly #connections = new Set<Connection>()

  /** @param max for all connections together */
  constructor(max: number) {
    this.#max = max
  }

  /** From now on what the connection holds counts, until it is closed. */
  add(connection: Connection): void {
    this.#connections.add(connection)
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection)
  }

  get total(): number {
    return this.#total
  }

  take(connection: Connection, bytes: number): void {
    this.#makeRoom(connection, bytes, bytes)
    connection.heldBytes += bytes
    this.#total += bytes
  }

  release(connection: Connection, bytes: number): void {
    this.#subtract(connection, bytes)
    this.#total -= bytes
  }

  takeAnswer(connection: Connection, answer: Uint8Array): void {
    const { byteLength } = answer
    if (byteLength < MIN_SHARED_BYTES) {
      this.take(connection, byteLength)
      return
    }
    const readers = this.#readers.get(answer) ?? 0
    this.#makeRoom(connection, byteLength, readers === 0 ? byteLength : 0)
    connection.heldBytes += byteLength
    if (readers === 0) this.#total += byteLength
    this.#readers.set(answer, readers + 1)
  }

  releaseAnswer(connection: Connection, answer: Uint8Array): void {
    const { byteLength } = answer
    if (byteLength < MIN_SHARED_BYTES) {
      this.release(connection, byteLength)
      return
    }
    this.#subtract(connection, byteLength)
    const readers = this.#readers.get(answer)! - 1
    if (readers > 0) {
      this.#readers.set(answer, readers)
      return
    }
    this.#readers.delete(answer)
    this.#total -= byteLength
  }

  #subtract(connection: Connection, bytes: number): void {
    connection.heldBytes -= bytes
    if (connection.isCutOff) this.#leaving -= bytes
  }

  openStream(connection: Connection): void {
    this.#makeRoom(connection, STREAM_BYTES, STREAM_BYTES)
    connection.openStreams += 1
    this.#total += STREAM_BYTES
  }

  closeStream(connection: Connection): void {
    connection.openStreams -= 1
    if (connection.isCutOff) this.#leaving -= STREAM_BYTES
    this.#total -= STREAM_BYTES
  }

  #makeRoom(connection: Connection, bytes: number, added: number): void {
    const held = weightOf(connection) + bytes
    if (held > MAX_HELD_BYTES_PER_CONNECTION) throw tooMuchUnread(held)
    while (this.#total - this.#leaving + added > this.#max) {
      const greediest = this.#greediest(connection)
      if (greediest === connection) throw overloaded(this.#max)
      this.#leaving += weightOf(greediest)
      greediest.cutOff('too much waits for clients, and for this one most')
    }
  }

  #greediest(asking: Connection): Connection {
    let result = asking
    for (const connection of this.#connections) {
      if (!connection.isCutOff && weightOf(connection) > weightOf(result)) result = connection
    }
    return result
  }
}

function weightOf({ heldBytes, openStreams }: Connection): number {
  return heldBytes + openStreams * STREAM_BYTES
}

function tooMuchUnread(bytes: number): ChatApiError {
  return new ChatApiError(
    'MESSAGE_TOO_LARGE',
    `too much is unread on this connection: with this answer ${bytes} bytes; a connection may leave ` +
      `${MAX_HELD_BYTES_PER_CONNECTION} unread`,
  )
}

function overloaded(max: number): ChatApiError {
  return new ChatApiError('OVERLOADED', `the clients of this server leave ${max} bytes unread, as much as it keeps`, {
    retryAfterMs: OVERLOAD_RETRY_MS,
  })
}
