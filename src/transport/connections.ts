import type { Socket } from 'node:net'

/** What every HTTP/2 connection begins with; no request in HTTP/1.1 does. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** The open connections of a listener. */
export class Connections {
  readonly #all = new Set<Socket>()
  /** Those that have not shown yet which HTTP they speak. */
  readonly #silent = new Set<Socket>()
  readonly #timeoutMs: number

  /** @param timeoutMs how long a connection may take to show which HTTP it speaks */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  get size(): number {
    return this.#all.size
  }

  /** Calls `serve` once the connection has shown which HTTP it speaks. */
  add(socket: Socket, serve: (protocol: 'http1' | 'http2') => void): void {
    this.#all.add(socket)
    this.#silent.add(socket)
    socket.once('close', () => {
      this.#all.delete(socket)
      this.#silent.delete(socket)
    })
    whenProtocolKnown(socket, this.#timeoutMs, (protocol) => {
      this.#silent.delete(socket)
      serve(protocol)
    })
  }

  /** Cuts off those that no server knows of yet, and so none would close. */
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
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  const stop = () => {
    clearTimeout(timer)
    socket.off('readable', look).off('error', abandon).off('close', stop)
  }
  const abandon = () => socket.destroy()
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
  socket.on('readable', look).on('error', abandon).on('close', stop)
}
