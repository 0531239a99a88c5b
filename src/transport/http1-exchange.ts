import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection } from './connection.ts'
import { Exchange, type Head } from './exchange.ts'
import { REQUEST_ID_FIELD } from './request-id.ts'

const EXCHANGE = Symbol('exchange')

/** A request or response that knows its exchange: the listeners are the same few functions for all of them. */
type Owned = { [EXCHANGE]: Http1Exchange }

export class Http1Exchange extends Exchange {
  readonly httpVersion: '1.0' | '1.1'
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #onAnswered: () => void

  /** @param onAnswered called when the answer is sent, or never will be */
  constructor(connection: Connection, request: IncomingMessage, response: ServerResponse, onAnswered: () => void) {
    super(connection, request.method ?? '', request.url ?? '', request.headers)
    this.httpVersion = request.httpVersionMinor === 1 ? '1.1' : '1.0'
    this.#request = request
    this.#response = response
    this.#onAnswered = onAnswered
    ;(request as unknown as Owned)[EXCHANGE] = this
    ;(response as unknown as Owned)[EXCHANGE] = this
    // What goes wrong with either closes the response, and that is told by `close`.
    request.on('error', ignore).on('data', onData).on('end', onEnd)
    response.on('error', ignore).on('close', onClose)
  }

  get isArriving(): boolean {
    return !this.hasArrived && !this.#request.destroyed
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && this.#response.socket?.destroyed === false
  }

  /** HTTP/1.1 has trailers that no client of ours reads; every protocol over it says within the body how a call ended. */
  send(head: Head, parts: readonly Uint8Array[]): void {
    if (!this.isOpen) return
    const response = this.#response
    let length = 0
    for (const part of parts) length += part.byteLength
    if (!this.#writeHead(head, ['content-length', String(length)])) return
    if (parts.length > 1) response.cork()
    for (let index = 0; index < parts.length - 1; index++) response.write(parts[index])
    response.end(parts.at(-1))
    if (parts.length > 1) response.uncork()
  }

  open(head: Head): boolean {
    if (!this.#writeHead(head, [])) return false
    this.#response.flushHeaders()
    return true
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isOpen || this.#response.writableEnded) return true
    this.hold(bytes.byteLength)
    return this.#response.write(bytes, () => this.release(bytes.byteLength))
  }

  finish(): void {
    if (this.isOpen) this.#response.end()
  }

  whenDrained(callback: () => void): void {
    this.#response.once('drain', callback)
  }

  pause(): void {
    this.#request.pause()
  }

  resume(): void {
    this.#request.resume()
  }

  cutOff(): void {
    this.#request.destroy()
  }

  override closed(): void {
    super.closed()
    this.#onAnswered()
  }

  #writeHead(head: Head, more: readonly string[]): boolean {
    if (!this.isOpen) return false
    try {
      if (this.connection.isRetired) this.#response.shouldKeepAlive = false
      this.#response.writeHead(head.status, [
        ...head.fields,
        REQUEST_ID_FIELD,
        this.requestId,
        ...this.commonFields,
        ...more,
      ])
      return true
    } catch {
      // A field that is none. Nothing is sent yet, and nothing can be.
      this.#request.destroy()
      return false
    }
  }
}

function onData(this: IncomingMessage, chunk: Buffer): void {
  ;(this as unknown as Owned)[EXCHANGE].receiver.data(chunk)
}

function onEnd(this: IncomingMessage): void {
  ;(this as unknown as Owned)[EXCHANGE].arrived()
}

function onClose(this: ServerResponse): void {
  ;(this as unknown as Owned)[EXCHANGE].closed()
}

function ignore(): void {}
