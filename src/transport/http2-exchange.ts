import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
  sensitiveHeaders,
} from 'node:http2'
import type { Connection } from './connection.ts'
import { Exchange, type Head, type Trailers } from './exchange.ts'
import { REQUEST_ID_FIELD } from './request-id.ts'

/** Without `sendDate` Node would add a date to heads that are shared. */
type ResponseOptions = Readonly<ServerStreamResponseOptions & { sendDate: boolean }>

const WITHOUT_BODY: ResponseOptions = Object.freeze({ endStream: true, sendDate: false })
const WITH_BODY: ResponseOptions = Object.freeze({ sendDate: false })
const WITH_TRAILERS: ResponseOptions = Object.freeze({ waitForTrailers: true, sendDate: false })

/** No two are alike: in the tables of HPACK they would displace what is, at an eighth of what a lookup costs. */
const NEVER_INDEXED = [REQUEST_ID_FIELD]

type NotIndexed = { [sensitiveHeaders]: string[] }

const EXCHANGE = Symbol('exchange')

/** A stream that knows its exchange: the listeners are the same few functions for all streams, not closures of each. */
interface OwnedStream extends ServerHttp2Stream {
  [EXCHANGE]: Http2Exchange | undefined
}

export class Http2Exchange extends Exchange {
  readonly httpVersion = '2'
  readonly #stream: ServerHttp2Stream
  #trailers: Trailers | undefined
  #onDrain: (() => void) | undefined

  constructor(connection: Connection, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    super(connection, headers[':method'] ?? '', headers[':path'] ?? '', headers)
    connection.openCalls += 1
    connection.calls += 1
    this.#stream = stream
    ;(stream as OwnedStream)[EXCHANGE] = this
    // What goes wrong with a stream closes it, and that is told by `close`.
    stream.on('error', ignore).on('data', onData).on('end', onEnd).on('close', onClose)
  }

  get isArriving(): boolean {
    return !this.hasArrived && !this.#stream.destroyed
  }

  get isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed
  }

  send(head: Head, parts: readonly Uint8Array[], trailers?: Trailers): void {
    if (!this.isOpen) return
    if (parts.length === 0 && !trailers) {
      this.#respond(head, WITHOUT_BODY)
      return
    }
    if (!this.open(head, trailers !== undefined)) return
    const stream = this.#stream
    this.#trailers = trailers
    if (parts.length > 1) stream.cork()
    for (let index = 0; index < parts.length - 1; index++) stream.write(parts[index])
    stream.end(parts.at(-1))
  }

  open(head: Head, hasTrailers: boolean): boolean {
    if (!this.#respond(head, hasTrailers ? WITH_TRAILERS : WITH_BODY)) return false
    if (hasTrailers) this.#stream.on('wantTrailers', onWantTrailers)
    return true
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isOpen || this.#stream.writableEnded) return true
    this.hold(bytes.byteLength)
    return this.#stream.write(bytes, () => this.release(bytes.byteLength))
  }

  finish(trailers?: Trailers): void {
    if (!this.isOpen) return
    this.#trailers = trailers
    this.#stream.end()
  }

  whenDrained(callback: () => void): void {
    if (!this.#onDrain) this.#stream.on('drain', onDrain)
    this.#onDrain = callback
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  cutOff(): void {
    if (this.isOpen) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  /** Tells a client that waits for it to send its body. */
  invite(): void {
    try {
      if (this.isOpen) this.#stream.additionalHeaders({ ':status': 100 })
    } catch (error) {
      this.#stream.destroy(error as Error)
    }
  }

  sendTrailers(): void {
    try {
      if (this.isOpen) this.#stream.sendTrailers(this.#trailers ?? {})
    } catch (error) {
      this.#stream.destroy(error as Error)
    }
  }

  drained(): void {
    this.#onDrain?.()
  }

  /** Node throws where a stream is closed already, or a field is none: either ends the exchange, and nothing else. */
  #respond(head: Head, options: ResponseOptions): boolean {
    if (!this.isOpen) return false
    try {
      this.#stream.respond(this.#raw(head), options)
      return true
    } catch (error) {
      this.#stream.destroy(error as Error)
      return false
    }
  }

  #raw({ http2 }: Head): string[] {
    const fields = [...http2, REQUEST_ID_FIELD, this.requestId, ...this.commonFields]
    ;(fields as unknown as NotIndexed)[sensitiveHeaders] = NEVER_INDEXED
    return fields
  }
}

function onData(this: ServerHttp2Stream, chunk: Buffer): void {
  ;(this as OwnedStream)[EXCHANGE]?.receiver.data(chunk)
}

function onEnd(this: ServerHttp2Stream): void {
  ;(this as OwnedStream)[EXCHANGE]?.arrived()
}

function onClose(this: ServerHttp2Stream): void {
  const exchange = (this as OwnedStream)[EXCHANGE]
  if (!exchange)
    return // Node's table of open streams leaves closed ones reachable until a full collection. What hangs on them shall not be.
  ;(this as OwnedStream)[EXCHANGE] = undefined
  exchange.connection.openCalls -= 1
  exchange.stopTiming()
  exchange.closed()
}

function onDrain(this: ServerHttp2Stream): void {
  ;(this as OwnedStream)[EXCHANGE]?.drained()
}

function onWantTrailers(this: ServerHttp2Stream): void {
  ;(this as OwnedStream)[EXCHANGE]?.sendTrailers()
}

function ignore(): void {}
