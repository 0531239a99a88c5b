import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createContextValues } from '@connectrpc/connect'
import type { UniversalServerRequest, UniversalServerResponse } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { Logger } from 'pino'
import { ChatApiError } from '../domain/errors.ts'
import type { ServiceBinding } from '../wire/service-binding.ts'
import { answerCors } from './cors.ts'
import { type Room, roomKey } from './http-handlers.ts'
import { refusal } from './http-refusal.ts'
import { createRoutes, type Route, type Shutdown } from './http-routes.ts'
import { timeArrival } from './request-timer.ts'
import { limitTimeouts } from './timeouts.ts'
import { UnsentAnswers } from './unsent.ts'

export type HttpRequest = IncomingMessage | Http2ServerRequest
export type HttpResponse = ServerResponse | Http2ServerResponse

export interface AnswerOptions {
  readonly services: readonly ServiceBinding[]
  readonly log: Logger
  /** The largest request read and the largest answer sent, in bytes of the binary form. */
  readonly maxMessageBytes: number
  /** How long a client may take to send a whole request, streams excepted. Default: 30 s. */
  readonly requestTimeoutMs?: number
  /** Origins of other sites whose pages may call, as in `https://console.example`; `*` for all. Default: none. */
  readonly corsOrigins?: readonly string[]
  /** What `/healthz` says. Default: always healthy. */
  readonly isHealthy?: () => boolean
  /** Answers other paths, such as pages and metrics; returns false for those that it does not know. */
  readonly pages?: (request: HttpRequest, response: HttpResponse) => boolean
}

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000

const PROBLEMS: Readonly<Record<number, string>> = {
  405: 'this path does not take this HTTP method',
  415: 'the content type is none of application/json, application/proto, application/connect+json, application/connect+proto, application/grpc and application/grpc-web',
  505: 'a call with streams in both directions needs HTTP/2',
}

/** What answers every request, whichever HTTP it came by. */
export function createAnswer(
  options: AnswerOptions,
  shutdown: Shutdown,
): (request: HttpRequest, response: HttpResponse) => void {
  const { log, corsOrigins = [], isHealthy = () => true, pages = () => false } = options
  const { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = options
  const unsent = new UnsentAnswers()
  const routeOf = createRoutes(options.services, options, shutdown)
  return (request, response) => {
    if (answerCors(corsOrigins, request, response as ServerResponse)) return
    const method = request.method ?? 'GET'
    const path = (request.url ?? '/').split('?', 1)[0] as string
    const route = routeOf(method, path, request.headers['content-type'] ?? '')
    const late = route?.takesStream ? undefined : timeArrival(request, requestTimeoutMs)
    // Nobody else reads what such a request brings along, and what is not read does not end.
    if (!route || method === 'GET') request.resume()
    if (route) {
      call(route, unsent, request, response, late, log).catch((error) => report(error, path, response, log))
    } else if (path === '/healthz') {
      const healthy = isHealthy()
      send(response, healthy ? 200 : 503, { status: healthy ? 'serving' : 'not serving' })
    } else if (!pages(request, response)) {
      send(response, 404, { code: 'not_found', message: `nothing is at ${path}` })
    }
  }
}

async function call(
  route: Route,
  unsent: UnsentAnswers,
  request: HttpRequest,
  response: HttpResponse,
  late: AbortSignal | undefined,
  log: Logger,
): Promise<void> {
  const universal = universalRequest(request, response, roomOf(unsent, request, response))
  const answer = universal ? await route.answer(universal, late) : refusal(400, wrongHost(), log)
  await universalResponseToNodeResponse(explained(answer, log), response as ServerResponse)
}

/** The request as connect-node takes it; undefined where the host that it names is none, so that it has no URL. */
function universalRequest(
  request: HttpRequest,
  response: HttpResponse,
  room: Room,
): UniversalServerRequest | undefined {
  const host = request.headers[':authority'] ?? request.headers.host
  if (!URL.canParse(`http://${host ?? 'localhost'}`)) return undefined
  const values = createContextValues().set(roomKey, room)
  const universal = universalRequestFromNodeRequest(request, response as ServerResponse, undefined, values)
  limitTimeouts(universal.header)
  return universal
}

function wrongHost(): ChatApiError {
  return new ChatApiError('MALFORMED_REQUEST', 'the host that the request names is none')
}

function roomOf(unsent: UnsentAnswers, request: HttpRequest, response: HttpResponse): Room {
  const connection = 'stream' in request ? request.stream.session : request.socket
  return {
    take: (bytes) => unsent.take(connection, bytes),
    takeUntilSent(bytes) {
      // One that is closed already says so no more.
      if (!isGone(response)) response.once('close', unsent.take(connection, bytes))
    },
  }
}

/** connect-node refuses what is no call at all by a bare status; the contract has more to say. */
function explained(answer: UniversalServerResponse, log: Logger): UniversalServerResponse {
  if (answer.body !== undefined || answer.status < 400) return answer
  const error = new ChatApiError('MALFORMED_REQUEST', PROBLEMS[answer.status] ?? `refused with status ${answer.status}`)
  return refusal(answer.status, error, log, answer.header)
}

function send(response: HttpResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`
  response.setHeader('content-type', 'application/json')
  response.setHeader('content-length', Buffer.byteLength(text))
  ;(response as ServerResponse).writeHead(status)
  response.end(text)
}

/** Errors of calls are answers; what comes here is a client that went away, or a fault of ours. */
function report(error: unknown, path: string, response: HttpResponse, log: Logger): void {
  if (isGone(response)) return
  log.error({ err: error, path }, 'an answer could not be sent')
  if (response.headersSent) response.end()
  else send(response, 500, { code: 'internal', message: 'internal error' })
}

/** Whoever is gone takes no more, though the response is not destroyed yet. */
function isGone(response: HttpResponse): boolean {
  if (!('stream' in response)) return response.destroyed || response.socket?.destroyed === true
  return !response.stream || response.stream.closed || response.stream.destroyed
}
