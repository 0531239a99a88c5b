import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { Http1Exchange } from './http1-exchange.ts'

export interface Http1Options {
  /** How long a client may take to send the head of a request. */
  readonly headersTimeoutMs: number
  /** How long a client may take nothing of what waits for it. */
  readonly stallTimeoutMs: number
}

/** Node looks at its timeouts no less often than this. */
const CHECK_INTERVAL_MS = 5_000

/** Serves connections that speak HTTP/1.1. */
export class Http1Server {
  /** The server does the listening, for one that is only handed sockets never checks its timeouts. */
  readonly server: Server
  readonly #connections = new WeakMap<Socket, Connection>()
  readonly #serve: (socket: Socket) => void

  constructor({ headersTimeoutMs, stallTimeoutMs }: Http1Options, accept: (exchange: Exchange) => void) {
    this.server = createServer(
      {
        headersTimeout: headersTimeoutMs,
        // `Arrivals` times requests: it knows which are streams, and take as long as they like.
        requestTimeout: 0,
        connectionsCheckingInterval: Math.min(headersTimeoutMs, CHECK_INTERVAL_MS),
      },
      (request, response) => {
        const { socket } = request
        response.once('close', () => {
          // A connection that becomes idle while the server closes is not closed by it.
          if (!this.server.listening) setImmediate(() => this.server.closeIdleConnections())
        })
        response.setTimeout(stallTimeoutMs, () => {
          // Nothing happens on a connection whose handler takes long, too; but then nothing waits to be sent.
          if (socket.writableLength > 0) socket.destroy()
        })
        accept(new Http1Exchange(this.#connections.get(socket)!, request, response))
      },
    )
    this.#serve = this.server.listeners('connection')[0] as (socket: Socket) => void
    this.server.removeAllListeners('connection')
  }

  serve(connection: Connection): void {
    this.#connections.set(connection.socket, connection)
    this.#serve.call(this.server, connection.socket)
  }
}
