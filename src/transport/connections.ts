import type { Socket } from 'node:net'
import { Connection } from './connection.ts'
import type { SharedLimits } from './shared-limits.ts'

/** What every HTTP/2 connection begins with; no request in HTTP/1.1 does. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** `other` is no HTTP: TLS, or noise. */
export type Protocol = 'http1' | 'http2' | 'other'

export type Serve = (connection: Connection, protocol: Protocol) => void

/** A client that reads takes at least so much between two looks at it; one that only answers pings takes less. */
const MIN_PROGRESS_BYTES = 1_024

export interface ConnectionOptions {
  /** How long a connection may take to show which HTTP it speaks. */
  readonly idleTimeoutMs: number
  /** How often to look whether clients take what waits for them. */
  readonly keepaliveTimeMs: number
  /** How long a client may keep a connection, give or take a tenth. Default: as long as it likes. */
  readonly maxConnectionAgeMs?: number | undefined
}

/** Clients that connected together are not sent away together: each has up to this part of the age less or more. */
const AGE_SPREAD = 0.1

/** The open connections of a listener. */
export class Connections {
  readonly #all = new Map<Socket, Connection>()
  readonly #admitted = new Set<Socket>()
  /** Those that are admitted and no more, by their peers: TLS makes other sockets of them, and does not say which of which. */
  readonly #arriving = new Map<string, Socket>()
  /** Those that have not shown yet which HTTP they speak, and so no server knows of. */
  readonly #silent = new Set<Socket>()
  readonly #options: ConnectionOptions
  readonly #limits: SharedLimits
  readonly #retire: (connection: Connection) => void
  #looking: NodeJS.Timeout | undefined
  readonly #waitingForNone: (() => void)[] = []

  /** @param retire told of a connection that has reached its age; it is to take no new calls */
  constructor(options: ConnectionOptions, limits: SharedLimits, retire: (connection: Connection) => void) {
    this.#options = options
    this.#limits = limits
    this.#retire = retire
  }

  get size(): number {
    return this.#all.size
  }

  /** Resolves once none is open. To be asked for when no more come. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#admitted.size === 0) resolve()
      else this.#waitingForNone.push(resolve)
    })
  }

  /** Lets a connection count, until it is closed. Closes it at once where there are too many. */
  admit(socket: Socket): void {
    // Whatever goes wrong with a connection closes it, which is all that anyone needs to know.
    socket.on('error', () => {})
    const address = socket.remoteAddress
    if (address === undefined || !this.#limits.admit(address)) {
      socket.destroy()
      return
    }
    const peer = peerOf(socket)
    this.#admitted.add(socket)
    this.#arriving.set(peer, socket)
    socket.once('close', () => {
      this.#limits.leave(address)
      this.#admitted.delete(socket)
      if (this.#admitted.size === 0) for (const tell of this.#waitingForNone.splice(0)) tell()
      if (this.#arriving.get(peer) === socket) this.#arriving.delete(peer)
    })
  }

  /**
   * Calls `serve` once a connection has shown which HTTP it speaks.
   *
   * @param socket that which was admitted, or what TLS makes of it
   */
  add(socket: Socket, certificateNames: readonly string[], serve: Serve): void {
    socket.on('error', () => {})
    this.#arriving.delete(peerOf(socket))
    if (socket.destroyed) return
    const { held, strangers } = this.#limits
    const connection = new Connection(socket, this.#limits, certificateNames, (why) => {
      strangers.tell({ address: connection.address }, `cut off: ${why}`)
    })
    this.#all.set(socket, connection)
    held.add(connection)
    this.#silent.add(socket)
    this.#looking ??= setInterval(() => this.#cutOffStalled(), this.#options.keepaliveTimeMs)
    const ageTimer = this.#timeAge(connection)
    socket.once('close', () => {
      clearTimeout(ageTimer)
      held.delete(connection)
      this.#all.delete(socket)
      this.#silent.delete(socket)
      if (this.#all.size > 0) return
      clearInterval(this.#looking)
      this.#looking = undefined
    })
    whenProtocolKnown(socket, this.#options.idleTimeoutMs, (protocol) => {
      this.#silent.delete(socket)
      serve(connection, protocol)
    })
  }

  #timeAge(connection: Connection): NodeJS.Timeout | undefined {
    const { maxConnectionAgeMs } = this.#options
    if (maxConnectionAgeMs === undefined) return undefined
    const ageMs = maxConnectionAgeMs * (1 + AGE_SPREAD * (2 * Math.random() - 1))
    return setTimeout(() => {
      connection.isRetired = true
      this.#retire(connection)
    }, ageMs)
  }

  destroySilent(): void {
    for (const socket of this.#arriving.values()) socket.destroy()
    for (const socket of this.#silent) socket.destroy()
  }

  destroyAll(): void {
    for (const socket of this.#arriving.values()) socket.destroy()
    for (const socket of this.#all.keys()) socket.destroy()
  }

  /** Cuts off clients for which something waits, and waited the last time, and who took nothing since. */
  #cutOffStalled(): void {
    for (const [socket, connection] of this.#all) {
      const taken = socket.bytesWritten - socket.writableLength
      if (connection.heldBytes === 0) connection.takenBytes = undefined
      else if (connection.takenBytes === undefined) connection.takenBytes = taken
      else if (taken - connection.takenBytes < MIN_PROGRESS_BYTES) socket.destroy()
      else connection.takenBytes = taken
    }
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/**
 * Waits for a connection to show which HTTP it speaks and leaves what was read in the socket. A connection that does not
 * say within `timeoutMs` is cut off: whoever serves it afterwards only times what comes later.
 */
function whenProtocolKnown(socket: Socket, timeoutMs: number, serve: (protocol: Protocol) => void): void {
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
    serve(isPreface ? 'http2' : startsAsMethod(bytes) ? 'http1' : 'other')
  }
  socket.on('readable', look).on('end', abandon).on('close', stop)
}

/** Methods of HTTP begin with a capital letter. */
function startsAsMethod([first = 0]: Uint8Array): boolean {
  return first >= 0x41 && first <= 0x5a
}
