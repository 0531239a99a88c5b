import type { IncomingHttpHeaders } from 'node:http'
import type { Connection } from './connection.ts'
import { REQUEST_ID_FIELD, requestIdOf } from './request-id.ts'

/** Status and fields of an answer. One that never changes is made once and sent any number of times. */
export class Head {
  readonly status: number
  /** Names and values by turns. */
  readonly fields: readonly string[]
  /** The same in the form of HTTP/2, once it is asked for. */
  #http2: string[] | undefined

  constructor(status: number, fields: readonly string[]) {
    this.status = status
    this.fields = fields
  }

  get http2(): string[] {
    this.#http2 ??= [':status', String(this.status), ...this.fields]
    return this.#http2
  }
}

/** The fields behind an answer, in HTTP/2. */
export type Trailers = Readonly<Record<string, string>>

/** What becomes of the body of a request. */
export interface Receiver {
  data(chunk: Uint8Array): void
  /** The body is whole. */
  end(): void
  /** Nothing comes and nothing goes any more, however that came about. Called once, and last. */
  closed(): void
  /** For how long the receiver waits for the body: at most as long as any request may take, but for a stream of requests. */
  patienceMs(requestTimeoutMs: number): number
  /** The body is not whole in time, and the client is cut off soon. */
  late(timeoutMs: number): void
}

const DISCARD: Receiver = { data() {}, end() {}, closed() {}, patienceMs: (timeoutMs) => timeoutMs, late() {} }
const NONE: readonly string[] = []

/**
 * One request and its answer, over either HTTP. Whatever is sent to a client that is gone is dropped here, so that nobody
 * else has to look: no method throws, and none is called back after `closed`.
 */
export abstract class Exchange {
  abstract readonly httpVersion: '1.0' | '1.1' | '2'
  readonly connection: Connection
  readonly method: string
  /** Path and query, as the client sent them. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  receiver: Receiver = DISCARD
  /** Whether the body of the request is whole. */
  hasArrived = false
  /** Fields that belong to every answer, whoever gives it. */
  commonFields: readonly string[] = NONE
  /** Ends a request that takes too long to arrive; set by `Arrivals`. */
  arrivalTimer: NodeJS.Timeout | undefined
  #heldBytes = 0
  #heldAnswer: Uint8Array | undefined
  #isStream = false
  #requestId: string | undefined

  constructor(connection: Connection, method: string, target: string, headers: IncomingHttpHeaders) {
    this.connection = connection
    this.method = method
    this.target = target
    this.headers = headers
  }

  /** Whether more of the request may come. */
  abstract get isArriving(): boolean
  /** Whether anything sent can still reach the client. */
  abstract get isOpen(): boolean
  /** Sends a whole answer: the parts, one after the other, without copying them. */
  abstract send(head: Head, parts: readonly Uint8Array[], trailers?: Trailers): void
  /** Begins an answer that comes in parts. */
  abstract open(head: Head, hasTrailers: boolean): void
  /** Returns whether the client keeps up; where not, `whenDrained` tells when it has. */
  abstract write(bytes: Uint8Array): boolean
  /** Ends an answer that was begun by `open`. */
  abstract finish(trailers?: Trailers): void
  abstract pause(): void
  abstract resume(): void
  /** Gives up the request and what is left of the answer. */
  abstract cutOff(): void
  /** Calls back once, when the client has caught up; never, where the exchange closes before. */
  abstract whenDrained(callback: () => void): void

  /** Goes with every answer. */
  get requestId(): string {
    this.#requestId ??= requestIdOf(this.headers[REQUEST_ID_FIELD])
    return this.#requestId
  }

  get host(): string | undefined {
    return (this.headers[':authority'] as string | undefined) ?? this.headers.host
  }

  addFields(...fields: string[]): void {
    this.commonFields = [...this.commonFields, ...fields]
  }

  /** Counts an answer as unread until the exchange closes. Throws where too much is. */
  holdAnswer(bytes: Uint8Array): void {
    this.connection.held.takeAnswer(this.connection, bytes)
    this.#heldAnswer = bytes
  }

  /** Counts bytes that wait for the client. Throws where too many do. */
  hold(bytes: number): void {
    this.connection.held.take(this.connection, bytes)
    this.#heldBytes += bytes
  }

  /** Counts the exchange as one that may stay open. Throws where too many do. */
  holdStream(): void {
    this.connection.held.openStream(this.connection)
    this.#isStream = true
  }

  release(bytes: number): void {
    const released = Math.min(bytes, this.#heldBytes)
    this.#heldBytes -= released
    this.connection.held.release(this.connection, released)
  }

  /** Cuts off a client that is amid a request of which nothing more is wanted. */
  cutOffSoon(delayMs: number): void {
    if (!this.isArriving) return
    this.stopTiming()
    this.arrivalTimer = setTimeout(() => this.cutOff(), delayMs).unref()
  }

  stopTiming(): void {
    if (this.arrivalTimer) clearTimeout(this.arrivalTimer)
  }

  /** For whoever reads the connection: the body of the request is whole. */
  arrived(): void {
    this.hasArrived = true
    this.stopTiming()
    this.receiver.end()
  }

  /** For whoever reads the connection: the answer is sent, or never will be. */
  closed(): void {
    this.release(this.#heldBytes)
    if (this.#heldAnswer) this.connection.held.releaseAnswer(this.connection, this.#heldAnswer)
    if (this.#isStream) this.connection.held.closeStream(this.connection)
    this.#heldAnswer = undefined
    const { receiver } = this
    this.receiver = DISCARD
    receiver.closed()
  }
}
