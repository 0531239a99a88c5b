import type { Socket } from 'node:net'
import { Connection } from './connection.ts'
import type { SharedLimits } from './shared-limits.ts'

/** What every HTTP/2 connection begins with; no request in HTTP/1.1 does. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export type Serve = (connection: Connection, protocol: 'http1' | 'http2') => void

/** The open connections of a listener. */
export class Connections {
  readonly #all = new Set<Socket>()
  /** Those that have not shown yet which HTTP they speak, and so no server knows of. */
  readonly #silent = new Set<Socket>()
  readonly #timeoutMs: number
  readonly #limits: SharedLimits

  /** @param timeoutMs how long a connection may take to show which HTTP it speaks */
  constructor(timeoutMs: number, limits: SharedLimits) {
    this.#timeoutMs = timeoutMs
    this.#limits = limits
  }

  get size(): number {
    return this.#all.size
  }

  /** Calls `serve` once the connection has shown which HTTP it speaks; closes it at once where there are too many. */
  add(socket: Socket, serve: Serve): void {
    // Whatever goes wrong with a connection closes it, which is all that anyone needs to know.
    socket.on('error', () => {})
    const address = socket.remoteAddress
    if (address === undefined || !this.#limits.admit(address)) {
      socket.destroy()
      return
    }
    this.#all.add(socket)
    this.#silent.add(socket)
    socket.once('close', () => {
      this.#limits.leave(address)
      this.#all.delete(socket)
      this.#silent.delete(socket)
    })
    const { held, strangers } = this.#limits
    const connection = new Connection(socket, held, (why) => strangers.warn({ address }, `cut off: ${why}`))
    whenProtocolKnown(socket, this.#timeoutMs, (protocol) => {
      this.#silent.delete(socket)
      serve(connection, protocol)
    })
  }

  destroySilent(): void {
    for (const socket of this.#silent) socket.destroy()
  }

  destroyAll(): void {
    for (const socket of this.#all) socket.destroy()
  }
}

/**
 * Waits for a connection to show which HTTP it speaks and leaves what was read in the socket. A connection that does not
 * say within `timeoutMs` is cut off: whoever serves it afterwards only times what comes later.
 */
function whenProtocolKnown(socket: Socket, timeoutMs: number, serve: (protocol: 'http1' | 'http2') => void): void {
  const chunks: Buffer[] = []
  const timer = setTimeout(() => abandon(), timeoutMs)
  const abandon = () => socket.destroy()
  const stop = () => {
    clearTimeout(timer)
    socket.off('readable', look).off('end', abandon).off('close', stop)
  }
  const look = () => {
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) break
      chunks.push(chunk)
    }
    const bytes = Buffer.concat(chunks)
    const length = Math.min(bytes.length, PREFACE.length)
    const isPreface = bytes.subarray(0, length).equals(PREFACE.subarray(0, length))
    if (isPreface && length < PREFACE.length) return
    stop()
    // Only now: what is put back earlier makes the socket readable at once, again and again.
    socket.unshift(bytes)
    serve(isPreface ? 'http2' : 'http1')
  }
  socket.on('readable', look).on('end', abandon).on('close', stop)
}
