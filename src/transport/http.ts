import { createServer } from 'node:http'
import { constants, createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { Connections } from './connections.ts'
import { type AnswerOptions, createAnswer } from './http-answer.ts'
import { FLUSH_MS, shuttingDown } from './in-flight.ts'
import { type Listener, listenOn } from './listener.ts'

export interface HttpServerOptions extends AnswerOptions {
  /** How long a client may take to send the head of a request. Default: 10 s. */
  readonly headersTimeoutMs?: number
  /** How long after which an HTTP/2 client has to show that it still reads. Default: 60 s. */
  readonly keepaliveTimeMs?: number
  /** How long it may take to; one of HTTP/1.1 may take nothing for both together. Default: 20 s. */
  readonly keepaliveTimeoutMs?: number
}

const DEFAULT_HEADERS_TIMEOUT_MS = 10_000
/** As on the gRPC port: a client that answers no ping is gone, or stalled, and what waits for it is released. */
const KEEPALIVE_TIME_MS = 60_000
const KEEPALIVE_TIMEOUT_MS = 20_000
/** An HTTP/2 connection without calls is closed after this; clients connect again unasked. */
const IDLE_SESSION_TIMEOUT_MS = 5 * 60_000
/** More calls of one connection wait in the client. */
const MAX_CONCURRENT_STREAMS = 128

/** Serves Connect, gRPC-Web and gRPC, over HTTP/1.1 and over HTTP/2 without TLS, on one port. */
export function createHttpServer(options: HttpServerOptions): Listener {
  const { headersTimeoutMs = DEFAULT_HEADERS_TIMEOUT_MS } = options
  const { keepaliveTimeMs = KEEPALIVE_TIME_MS, keepaliveTimeoutMs = KEEPALIVE_TIMEOUT_MS } = options
  const shutdown = { calls: new AbortController(), streams: new AbortController() }
  const answer = createAnswer(options, { calls: shutdown.calls.signal, streams: shutdown.streams.signal })
  const http1 = createServer(
    {
      headersTimeout: headersTimeoutMs,
      // Timed where it is known whether the requests are a stream, which takes as long as it likes.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(headersTimeoutMs, 5000),
    },
    (request, response) => {
      response.once('close', () => {
        // A connection that becomes idle while the server closes is not closed by it.
        if (!http1.listening) setImmediate(() => http1.closeIdleConnections())
      })
      response.setTimeout(keepaliveTimeMs + keepaliveTimeoutMs, () => {
        // Nothing happens on a connection whose handler takes long, too; but then nothing waits to be sent.
        if (request.socket.writableLength > 0) request.socket.destroy()
      })
      answer(request, response)
    },
  )
  const http2 = createHttp2Server(
    {
      // Node resets streams of a connection whose answers together pass its default of 10 MB.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
      settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
    },
    answer,
  )
  const sessions = new Set<ServerHttp2Session>()
  http2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    watchIdleness(session, headersTimeoutMs)
    keepAlive(session, keepaliveTimeMs, keepaliveTimeoutMs)
  })

  // The HTTP/1.1 server does the listening, for one that is only handed sockets never checks its timeouts.
  const serveHttp1 = http1.listeners('connection')[0] as (socket: Socket) => void
  const connections = new Connections(headersTimeoutMs)
  http1.removeAllListeners('connection')
  http1.on('connection', (socket) => {
    connections.add(socket, (protocol) => {
      if (protocol === 'http1') return serveHttp1.call(http1, socket)
      // Servers of HTTP/1.1 let clients close their side early. In HTTP/2 that is a client that is gone, and its calls with it.
      socket.allowHalfOpen = false
      http2.emit('connection', socket)
    })
  })
  const destroyAll = () => {
    // Sessions first: one that loses its socket leaves calls that nobody ends.
    for (const session of sessions) session.destroy(undefined, constants.NGHTTP2_CANCEL)
    connections.destroyAll()
  }
  const closed = new Promise<void>((resolve) => http1.once('close', resolve))

  return {
    listen: (host, port) => listenOn(http1, host, port),
    async drain(deadlineMs) {
      if (!http1.listening) return
      http1.close()
      connections.destroySilent()
      for (const session of sessions) session.close()
      // Who watches the health shall see that it ends before the watch does.
      await new Promise(setImmediate)
      shutdown.streams.abort(shuttingDown())
      const endTimer = setTimeout(() => shutdown.calls.abort(shuttingDown()), deadlineMs)
      const destroyTimer = setTimeout(destroyAll, deadlineMs + FLUSH_MS)
      await closed
      clearTimeout(endTimer)
      clearTimeout(destroyTimer)
    },
    async close() {
      if (!http1.listening && connections.size === 0) return
      http1.close()
      destroyAll()
      await closed
    },
  }
}

/** Cuts off a client that never calls, and lets one go that has not called for long. */
function watchIdleness(session: ServerHttp2Session, firstCallTimeoutMs: number): void {
  let calls = 0
  const firstCall = setTimeout(() => session.destroy(), firstCallTimeoutMs)
  session.once('close', () => clearTimeout(firstCall))
  session.on('stream', (stream) => {
    clearTimeout(firstCall)
    calls += 1
    stream.once('close', () => {
      calls -= 1
    })
  })
  session.setTimeout(IDLE_SESSION_TIMEOUT_MS, () => {
    if (calls === 0) session.close()
  })
}

/** Cuts off a client that answers no ping. */
function keepAlive(session: ServerHttp2Session, timeMs: number, timeoutMs: number): void {
  let timeout: NodeJS.Timeout | undefined
  const interval = setInterval(() => {
    if (timeout || session.destroyed) return
    timeout = setTimeout(() => session.destroy(undefined, constants.NGHTTP2_CANCEL), timeoutMs)
    session.ping(() => {
      clearTimeout(timeout)
      timeout = undefined
    })
  }, timeMs)
  session.once('close', () => {
    clearInterval(interval)
    clearTimeout(timeout)
  })
}
