import { constants, performServerHandshake, type ServerHttp2Session } from 'node:http2'
import { INITIAL_CALLS } from './congestion.ts'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { Http2Exchange } from './http2-exchange.ts'

export interface SessionOptions {
  /** How long a client may take to make its first call. */
  readonly idleTimeoutMs: number
  /** How long after which a client has to show that it is there. */
  readonly keepaliveTimeMs: number
  /** How long it may take to. */
  readonly keepaliveTimeoutMs: number
  /** How many calls of a connection are worked on at once; more wait in the client. */
  readonly maxStreamsPerConnection: number
}

/** A connection without calls is closed after so many rounds of pings; clients connect again unasked. */
const MAX_IDLE_ROUNDS = 5

/** The largest number that Node takes. */
const UNLIMITED = 2 ** 32 - 1

/** Serves connections that speak HTTP/2. */
export class Http2Sessions {
  readonly #options: SessionOptions
  readonly #accept: (exchange: Exchange) => void
  readonly #sessions = new Map<Connection, ServerHttp2Session>()

  constructor(options: SessionOptions, accept: (exchange: Exchange) => void) {
    this.#options = options
    this.#accept = accept
  }

  serve(connection: Connection): void {
    const { socket } = connection
    // Servers let clients close their side early. In HTTP/2 that is a client that is gone, and its calls with it.
    socket.allowHalfOpen = false
    const session = performServerHandshake(socket, {
      // Node resets streams of a connection whose answers together pass its default of 10 MB. `HeldBytes` bounds them.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
      // Calls that were on their way while the limit of a connection was lowered are refused, and counted as such. Node would
      // end the connection, with all its calls, after so many in all its life.
      maxSessionInvalidFrames: UNLIMITED,
      maxSessionRejectedStreams: UNLIMITED,
      settings: { maxConcurrentStreams: Math.min(INITIAL_CALLS, this.#options.maxStreamsPerConnection) },
    })
    this.#sessions.set(connection, session)
    // Whatever goes wrong with a session closes it.
    session.on('error', () => {})
    session.once('close', () => {
      this.#sessions.delete(connection)
      connection.congestion.forget(connection)
    })
    if (INITIAL_CALLS < this.#options.maxStreamsPerConnection) connection.callLimit = INITIAL_CALLS
    connection.limitCalls = (calls) => this.#limitCalls(session, connection, calls)
    this.#watchCalls(session, connection)
    keepAlive(session, connection, this.#options)
  }

  /** Takes no new calls. */
  close(): void {
    for (const session of this.#sessions.values()) session.close()
  }

  /** Takes no new calls of this connection, where it speaks HTTP/2. */
  retire(connection: Connection): void {
    this.#sessions.get(connection)?.close()
  }

  /** Ends all calls first, since one that loses its connection would not end by itself. */
  destroy(): void {
    for (const session of this.#sessions.values()) session.destroy(undefined, constants.NGHTTP2_CANCEL)
  }

  #limitCalls(session: ServerHttp2Session, connection: Connection, calls: number): boolean {
    if (session.closed || session.destroyed || session.pendingSettingsAck) return false
    const max = this.#options.maxStreamsPerConnection
    const streams = calls + connection.openStreams
    session.settings({ maxConcurrentStreams: Math.min(max, streams) })
    connection.callLimit = streams < max ? calls : Number.POSITIVE_INFINITY
    return true
  }

  /** Cuts off a client that never calls. */
  #watchCalls(session: ServerHttp2Session, connection: Connection): void {
    let firstCall: NodeJS.Timeout | undefined = setTimeout(() => session.destroy(), this.#options.idleTimeoutMs)
    session.once('close', () => clearTimeout(firstCall))
    session.on('stream', (stream, headers) => {
      // A client may reset a stream in the very packet that begins it.
      if (stream.destroyed) {
        stream.on('error', () => {})
        return
      }
      if (firstCall) clearTimeout(firstCall)
      firstCall = undefined
      const exchange = new Http2Exchange(connection, stream, headers)
      if (headers.expect === '100-continue') exchange.invite()
      this.#accept(exchange)
    })
  }
}

/** Cuts off a client that answers no ping, and lets one go that has not called for long. */
function keepAlive(session: ServerHttp2Session, connection: Connection, options: SessionOptions): void {
  const { keepaliveTimeMs, keepaliveTimeoutMs } = options
  let timeout: NodeJS.Timeout | undefined
  let calls = 0
  let idleRounds = 0
  const interval = setInterval(() => {
    if (timeout || session.destroyed) return
    idleRounds = connection.openCalls > 0 || connection.calls > calls ? 0 : idleRounds + 1
    calls = connection.calls
    if (idleRounds >= MAX_IDLE_ROUNDS) {
      session.close()
      return
    }
    timeout = setTimeout(() => session.destroy(undefined, constants.NGHTTP2_CANCEL), keepaliveTimeoutMs)
    session.ping(() => {
      clearTimeout(timeout)
      timeout = undefined
    })
  }, keepaliveTimeMs)
  session.once('close', () => {
    clearInterval(interval)
    clearTimeout(timeout)
  })
}
