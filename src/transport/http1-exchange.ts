import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection } from './connection.ts'
import { Exchange, type Head } from './exchange.ts'

export class Http1Exchange extends Exchange {
  readonly httpVersion: '1.0' | '1.1'
  readonly #request: IncomingMessage
  readonly #response: ServerResponse

  constructor(connection: Connection, request: IncomingMessage, response: ServerResponse) {
    super(connection, request.method ?? '', request.url ?? '', request.headers)
    this.httpVersion = request.httpVersion === '1.1' ? '1.1' : '1.0'
    this.#request = request
    this.#response = response
    const ignore = () => {}
    // What goes wrong with either closes the response, and that is told by `close`.
    request.on('error', ignore).on('data', (chunk: Buffer) => this.receiver.data(chunk))
    request.on('end', () => this.arrived()).on('close', () => this.stopTiming())
    response.on('error', ignore).on('close', () => this.closed())
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

  #writeHead(head: Head, more: readonly string[]): boolean {
    if (!this.isOpen) return false
    try {
      this.#response.writeHead(head.status, [...head.fields, ...this.commonFields, ...more])
      return true
    } catch {
      // A field that is none. Nothing is sent yet, and nothing can be.
      this.#request.destroy()
      return false
    }
  }
}
