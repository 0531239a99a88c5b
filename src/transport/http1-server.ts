import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { Http1Exchange } from './http1-exchange.ts'
import { nodeTlsOptions, type TlsOptions } from './tls.ts'

/** Node looks at its timeouts no less often than this. */
const CHECK_INTERVAL_MS = 5_000

/** Serves connections that speak HTTP/1.1. */
export class Http1Server {
  /** The server does the listening: see `standIn`. */
  readonly server: Server
  readonly #connections = new WeakMap<Socket, Connection>()
  readonly #serve: (socket: Socket) => void
  #isClosing = false

  /** @param headersTimeoutMs how long a client may take to send the head of a request */
  constructor(headersTimeoutMs: number, accept: (exchange: Exchange) => void, tls?: TlsOptions) {
    const options = {
      headersTimeout: headersTimeoutMs,
      // `Arrivals` times requests: it knows which are streams, and take as long as they like.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(headersTimeoutMs, CHECK_INTERVAL_MS),
    }
    const onRequest: RequestListener = (request, response) => {
      accept(new Http1Exchange(this.#connections.get(request.socket)!, request, response, this.#onAnswered))
    }
    // With TLS it is the server's own listener for connections that makes them secure.
    const event = tls ? 'secureConnection' : 'connection'
    this.server = tls
      ? createTlsServer({ ...options, ...nodeTlsOptions(tls, headersTimeoutMs, ['h2', 'http/1.1']) }, onRequest)
      : createServer(options, onRequest)
    this.#serve = this.server.listeners(event)[0] as (socket: Socket) => void
    this.server.removeAllListeners(event)
  }

  /** A connection that becomes idle while the server closes is not closed by it. */
  readonly #onAnswered = () => {
    if (this.#isClosing) setImmediate(() => this.server.closeIdleConnections())
  }

  /** For a server that is handed its connections: Node looks at its timeouts once it listens. */
  standIn(): void {
    this.server.emit('listening')
  }

  /** Takes no new connections, and closes those that are idle or become so. */
  close(): void {
    this.#isClosing = true
    this.server.close()
  }

  /** Closes those without a request. */
  shed(): void {
    this.server.closeIdleConnections()
  }

  serve(connection: Connection): void {
    this.#connections.set(connection.socket, connection)
    this.#serve.call(this.server, connection.socket)
  }
}
