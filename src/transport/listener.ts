import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { type Door, isLoopback } from '../config/listen-address.ts'
import type { Readiness } from '../directory/readiness.ts'
import { Connections } from './connections.ts'
import { Engine, type EngineOptions } from './engine.ts'
import { Http1Server } from './http1-server.ts'
import { Http2Sessions } from './http2-sessions.ts'
import { FLUSH_MS } from './in-flight.ts'
import { listenOn } from './listen-on.ts'
import { healthPages, type Pages } from './pages.ts'
import { SharedLimits } from './shared-limits.ts'
import { certificateNamesOf, isTrusted, MIN_TLS_VERSION, nodeTlsOptions, type TlsOptions } from './tls.ts'

export interface Listener {
  /** Resolves with the port listened on. Throws one Error that names the address when it cannot be had. */
  listen(host: string, port: number): Promise<number>
  /** Instead of listening: serves the connections given to what it returns, which another process accepted at this host. */
  standIn(host: string): (socket: Socket) => void
  /** Asks clients to make their further calls on new connections. */
  shed(): void
  /**
   * Takes no new calls and ends streams, for they may have no end of their own. Other calls in flight may finish for
   * `deadlineMs`; then they are ended too, and the connections are closed.
   */
  drain(deadlineMs: number): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
  /** How many connections are open. */
  readonly connections: number
}

export interface ListenerOptions extends Omit<EngineOptions, 'requestTimeoutMs'> {
  /** How long a client may take to send a whole request, streams excepted. Default: 30 s. */
  readonly requestTimeoutMs?: number
  /** How long a connection may take to its first request. Default: 10 s. */
  readonly idleTimeoutMs?: number
  /**
   * How long after which an HTTP/2 client has to show that it is there, and any client that it takes what waits for it.
   * Default: 60 s.
   */
  readonly keepaliveTimeMs?: number
  /** How long the answer to a ping may take. Default: 20 s. */
  readonly keepaliveTimeoutMs?: number
  /** How long a client may keep a connection, give or take a tenth. Default: as long as it likes. */
  readonly maxConnectionAgeMs?: number | undefined
  /** How many calls of an HTTP/2 connection are worked on at once; more wait in the client. Default: 1,024. */
  readonly maxStreamsPerConnection?: number
  /** Limits that other listeners share. Default: some of its own. */
  readonly limits?: SharedLimits
  /** Who the server is to its clients, who then speak TLS alone. Default: plain text. */
  readonly tls?: TlsOptions
  /** The HTTP door: origins of other sites whose pages may call, as in `https://console.example`; `*` for all. */
  readonly corsOrigins?: readonly string[]
  /** The HTTP door: names, with or without a port, under which it may be asked besides those of this machine. */
  readonly allowedHosts?: readonly string[]
  /** The HTTP door: what `/readyz` says. Default: ready for all. */
  readonly readiness?: () => Readiness
  /** The HTTP door: what else it shows. */
  readonly pages?: Pages
}

const NO_NAMES: readonly string[] = Object.freeze([])

const DEFAULTS = {
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 10_000,
  keepaliveTimeMs: 60_000,
  keepaliveTimeoutMs: 20_000,
  maxStreamsPerConnection: 1_024,
} as const

const READY: Readiness = Object.freeze({ isServing: true, takesWrites: true })

/** What clients take for a server that is not there for them. */
const NOT_HTTP1 =
  'HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
  'this port speaks gRPC over HTTP/2; the HTTP port of the server speaks HTTP/1.1\n'

/** One port of the server. Both doors are the same engine, and differ in what they let in. */
export function createListener(door: Door, given: ListenerOptions): Listener {
  const options = { ...DEFAULTS, ...given }
  const limits = options.limits ?? new SharedLimits(options.log)
  const origins = {
    allowedHosts: options.allowedHosts ?? [],
    corsOrigins: options.corsOrigins ?? [],
    isOnLoopback: true,
    knownHosts: new Set<string>(),
  }
  const health = healthPages(options.readiness ?? (() => READY))
  const pages: Pages = (path, visitor) => health(path) ?? options.pages?.(path, visitor)
  const engine = new Engine(options, door === 'http' ? { origins, pages } : undefined)
  const accept = engine.accept.bind(engine)

  const sessions = new Http2Sessions(options, accept)
  const { tls, idleTimeoutMs } = options
  const http1 = door === 'http' ? new Http1Server(idleTimeoutMs, accept, tls) : undefined
  const server =
    http1?.server ??
    (tls ? createTlsServer(nodeTlsOptions(tls, idleTimeoutMs, ['h2'])) : createServer({ noDelay: true }))
  const connections = new Connections(options, limits, (connection) => {
    sessions.retire(connection)
    engine.inFlight.endWatchesOf(connection)
  })
  function serve(socket: Socket, certificateNames: readonly string[]): void {
    connections.add(socket, certificateNames, (connection, protocol) => {
      if (protocol === 'http2') sessions.serve(connection)
      else if (http1) http1.serve(connection)
      else if (protocol === 'http1') socket.end(NOT_HTTP1, () => socket.destroy())
      else socket.destroy()
    })
  }
  // Before Node's own listener, which begins to agree on keys.
  server.prependListener('connection', (socket: Socket) => connections.admit(socket))
  if (tls) {
    const secure = server as TlsServer
    secure.on('tlsClientError', (_error, socket) => socket.destroy())
    secure.on('secureConnection', (socket) => {
      if (isTrusted(socket)) serve(socket, certificateNamesOf(socket))
      else socket.destroy()
    })
    tls.identity.onChange((material) => secure.setSecureContext({ ...material, minVersion: MIN_TLS_VERSION }))
  } else {
    server.on('connection', (socket: Socket) => serve(socket, NO_NAMES))
  }
  let isOpen = false
  const listenerClosed = new Promise<void>((resolve) => server.once('close', resolve))
  function stopAccepting(): Promise<unknown> {
    isOpen = false
    if (http1) http1.close()
    else server.close()
    // A server that was handed its connections does not know of them.
    return Promise.all([listenerClosed, connections.empty()])
  }
  const destroyAll = () => {
    sessions.destroy()
    connections.destroyAll()
  }

  return {
    get connections() {
      return connections.size
    },

    async listen(host, port) {
      origins.isOnLoopback = isLoopback({ host, port })
      const realPort = await listenOn(server, host, port)
      isOpen = true
      return realPort
    },

    standIn(host) {
      origins.isOnLoopback = isLoopback({ host, port: 0 })
      isOpen = true
      http1?.standIn()
      return (socket) => {
        // As Node has it for the connections that its HTTP server accepts.
        socket.allowHalfOpen = http1 !== undefined && !tls
        if (isOpen) server.emit('connection', socket)
        else socket.destroy()
      }
    },

    shed() {
      sessions.close()
      http1?.shed()
    },

    async drain(deadlineMs) {
      if (!isOpen) return
      const closed = stopAccepting()
      connections.destroySilent()
      sessions.close()
      // Who watches the health shall see that it ends before the watch does.
      await new Promise(setImmediate)
      engine.inFlight.endStreams()
      const endTimer = setTimeout(() => engine.inFlight.endAll(), deadlineMs)
      const destroyTimer = setTimeout(destroyAll, deadlineMs + FLUSH_MS)
      await closed
      clearTimeout(endTimer)
      clearTimeout(destroyTimer)
    },

    async close() {
      if (!isOpen && connections.size === 0) return
      const closed = stopAccepting()
      destroyAll()
      await closed
    },
  }
}
