import type { Registry } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { codeToHttpStatus } from '@connectrpc/connect/protocol-connect'
import type { Logger } from 'pino'
import { ChatApiError } from '../domain/errors.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { toConnectError } from '../wire/errors.ts'
import type { ServiceBinding } from '../wire/service-binding.ts'
import { Arrivals } from './arrivals.ts'
import { Call, type CallSetting } from './call.ts'
import { answerCors, PREFLIGHT_STATUS } from './cors.ts'
import { type Exchange, Head, type Receiver } from './exchange.ts'
import { InFlight } from './in-flight.ts'
import { KnownRequests } from './known-requests.ts'
import { type OriginRules, refusalOf } from './origin.ts'
import { jsonPage, type Page, type Pages, textPage } from './pages.ts'
import { readGet } from './protocols/connect-get.ts'
import { ConnectUnary, sendError } from './protocols/connect-unary.ts'
import { allTypes, type ContentTypes, grpcTypes, protocolOf } from './protocols/content-types.ts'
import { jsonFormat, protoFormat } from './protocols/format.ts'
import type { Protocol } from './protocols/protocol.ts'
import { RequestLog } from './request-log.ts'
import { RequestStream } from './request-stream.ts'
import { type Route, routesOf } from './route.ts'
import { SingleRequest } from './single-request.ts'

export interface EngineOptions {
  readonly services: readonly ServiceBinding[]
  readonly log: Logger
  /** The largest request read, in bytes of the binary form. */
  readonly maxMessageBytes: number
  /** The largest answer sent, likewise. Default: `maxMessageBytes`. */
  readonly maxAnswerBytes?: number
  /** How long a client may take to send a whole request, streams excepted. */
  readonly requestTimeoutMs: number
  /** How long a call may take that is no watch, whatever deadline its client sets. Default: as long as it likes. */
  readonly maxDeadlineMs?: number
  /** The types that `google.protobuf.Any` may hold in JSON. Default: none. */
  readonly registry?: Registry
  /** Told of each call. Default: nobody is. */
  readonly metrics?: Metrics
  /** Likewise. */
  readonly tracing?: Tracing | undefined
  /** The error with which a call fails on the wire. Default: that of the contract. */
  readonly toError?: (error: unknown, requestId: string) => ConnectError
}

/** What a door lets in beside gRPC, and from whom. */
export interface WebOptions {
  readonly origins: OriginRules
  readonly pages: Pages
}

/** The path of a call, known or not. */
const METHOD_PATH = /^\/[\w.]+\.\w+\/\w+$/

const NO_METADATA = Object.freeze({ header: undefined, trailer: undefined })

/** Answers exchanges: finds the method and the protocol of each, and makes it a call. */
export class Engine {
  readonly inFlight = new InFlight()
  readonly #routes: ReadonlyMap<string, Route>
  readonly #types: ContentTypes
  readonly #gets: ReadonlyMap<string, Protocol>
  readonly #arrivals: Arrivals
  readonly #setting: CallSetting
  readonly #web: WebOptions | undefined

  /** @param web undefined for a door that takes nothing but gRPC */
  constructor(options: EngineOptions, web?: WebOptions) {
    const {
      services,
      log,
      maxMessageBytes,
      maxAnswerBytes = maxMessageBytes,
      requestTimeoutMs,
      maxDeadlineMs = Number.POSITIVE_INFINITY,
      registry,
      metrics,
    } = options
    const formats = { proto: protoFormat(maxAnswerBytes), json: jsonFormat(maxAnswerBytes, registry) }
    this.#types = web ? allTypes(formats) : grpcTypes(formats)
    this.#gets = new Map([formats.proto, formats.json].map((format) => [format.name, new ConnectUnary(format)]))
    this.#routes = routesOf(services)
    this.#arrivals = new Arrivals(requestTimeoutMs)
    this.#setting = {
      maxMessageBytes,
      maxDeadlineMs,
      inFlight: this.inFlight,
      knownRequests: new KnownRequests(),
      requestLog: RequestLog.of(log),
      metrics,
      tracing: options.tracing,
      toError: options.toError ?? ((error, requestId) => toConnectError(error, log, requestId)),
    }
    this.#web = web
  }

  accept(exchange: Exchange): void {
    const { connection } = exchange
    connection.congestion.began(connection)
    this.#arrivals.watch(exchange)
    if (this.#web && !this.#admit(exchange, this.#web.origins)) return
    const end = exchange.target.indexOf('?')
    const path = end < 0 ? exchange.target : exchange.target.slice(0, end)
    const route = this.#routes.get(path)
    if (exchange.method === 'POST') {
      const protocol = protocolOf(this.#types, exchange.headers['content-type'])
      if (route && protocol && isSpokenBy(protocol, route) && isCarriedBy(exchange, protocol, route)) {
        this.#call(exchange, protocol, route)
      } else {
        this.#refuse(exchange, path, route, protocol)
      }
    } else if (route?.takesGet && exchange.method === 'GET' && this.#web) {
      this.#get(exchange, route)
    } else {
      this.#answerPage(exchange, path, route)
    }
  }

  #admit(exchange: Exchange, rules: OriginRules): boolean {
    if (answerCors(rules.corsOrigins, exchange)) {
      this.#setting.requestLog?.other(exchange, PREFLIGHT_STATUS)
      return false
    }
    const refusal = refusalOf(exchange, rules)
    if (!refusal) return true
    this.#sendError(exchange, refusal)
    return false
  }

  #call(exchange: Exchange, protocol: Protocol, route: Route): void {
    let call: Call | undefined
    let hasEncoding: boolean
    let gated: Promise<void> | undefined
    try {
      call = new Call(exchange, protocol, route, this.#setting, protocol.timeoutMs(exchange))
      hasEncoding = isGzip(exchange.headers[protocol.encodingField] as string | undefined)
      gated = route.gate?.(call) || undefined
      if (route.takesStream || route.givesStream) exchange.holdStream()
    } catch (error) {
      if (call) call.fail(error)
      else this.#refuseCall(exchange, protocol, route, error)
      return
    }
    if (gated) this.#receiveAfter(gated, call, hasEncoding)
    else receive(call, hasEncoding)
  }

  /** For a call whose head cannot be understood. */
  #refuseCall(exchange: Exchange, protocol: Protocol, route: Route, error: unknown): void {
    const failure = this.#setting.toError(error, exchange.requestId)
    protocol.refuse(exchange, failure, NO_METADATA)
    this.#setting.requestLog?.end({ exchange, protocol, route }, failure.code)
    this.#setting.metrics?.calls.ended(route.name, failure.code, 0)
    this.#setting.metrics?.failed(error)
  }

  /** What comes of the body meanwhile stays where it is. */
  #receiveAfter(gated: Promise<void>, call: Call, hasEncoding: boolean): void {
    const { exchange } = call
    call.pending()
    exchange.receiver = new WithoutBody(call)
    exchange.pause()
    gated
      .then(() => {
        if (!call.isOver) receive(call, hasEncoding)
      })
      .catch((error: unknown) => call.fail(error))
      .finally(() => exchange.resume())
  }

  #get(exchange: Exchange, route: Route): void {
    try {
      const { encoding, compression, message } = readGet(exchange.target)
      const protocol = this.#gets.get(encoding)
      if (!protocol) {
        this.#sendError(exchange, malformed('the "encoding" of the query must be "json" or "proto"'), 415)
        return
      }
      exchange.addFields('vary', 'Accept-Encoding')
      const call = new Call(exchange, protocol, route, this.#setting, protocol.timeoutMs(exchange))
      const request = new SingleRequest(call, isGzip(compression))
      this.#setting.requestLog?.addRequest(exchange, message.byteLength)
      const gated = route.gate?.(call)
      exchange.receiver = new WithoutBody(call)
      if (gated) {
        call.pending()
        gated.then(() => request.receive(message)).catch((error: unknown) => call.fail(error))
      } else {
        request.receive(message)
      }
    } catch (error) {
      this.#sendError(exchange, error)
    }
  }

  /** Says why a POST is no call, or none that can be answered. */
  #refuse(exchange: Exchange, path: string, route: Route | undefined, protocol: Protocol | undefined): void {
    if (!route) {
      if (!protocol && !METHOD_PATH.test(path)) this.#sendPage(exchange, notFound(path))
      else if (!protocol || protocol instanceof ConnectUnary) this.#sendError(exchange, unknownMethod(path), 404)
      else protocol.refuse(exchange, this.#setting.toError(unknownMethod(path), exchange.requestId), NO_METADATA)
      return
    }
    if (!protocol || !isSpokenBy(protocol, route)) {
      const expected = [...this.#types.keys()].join(', ')
      exchange.addFields('accept-post', expected)
      this.#sendMalformed(exchange, 415, `the content type is none of ${expected}`)
      return
    }
    const what = protocol.name === 'grpc' ? 'gRPC' : 'a call with streams in both directions'
    this.#sendMalformed(exchange, 505, `${what} needs HTTP/2`)
  }

  #answerPage(exchange: Exchange, path: string, route: Route | undefined): void {
    if (route) {
      const allowed = route.takesGet && this.#web ? 'GET, POST' : 'POST'
      exchange.addFields('allow', allowed)
      this.#sendMalformed(exchange, 405, `this path takes ${allowed}, not ${exchange.method}`)
      return
    }
    if (METHOD_PATH.test(path)) this.#sendError(exchange, unknownMethod(path), 404)
    else this.#show(exchange, path)
  }

  #show(exchange: Exchange, path: string): void {
    try {
      const { authorization } = exchange.headers
      const visitor = { authorization, certificateNames: exchange.connection.certificateNames }
      const page = this.#web?.pages(path, visitor) ?? notFound(path)
      if (!(page instanceof Promise)) {
        this.#sendPage(exchange, page)
        return
      }
      page.then((ready) => this.#sendPage(exchange, ready)).catch((error: unknown) => this.#sendError(exchange, error))
    } catch (error) {
      this.#sendError(exchange, error)
    }
  }

  /** Says why a request is no call. Who speaks gRPC goes by the status, and does not read the JSON of Connect. */
  #sendMalformed(exchange: Exchange, status: number, message: string): void {
    const isOfGrpc = !this.#web || /^application\/grpc\b/i.test(exchange.headers['content-type'] ?? '')
    if (isOfGrpc) this.#sendPage(exchange, textPage(status, message))
    else this.#sendError(exchange, malformed(message), status)
  }

  #sendPage(exchange: Exchange, { status, contentType, body }: Page): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    this.#setting.requestLog?.other(exchange, status)
    exchange.send(new Head(status, ['content-type', contentType]), [bytes])
  }

  /** The error of a Connect call, also for what is no call in any protocol. */
  #sendError(exchange: Exchange, reason: unknown, ownStatus?: number): void {
    const error = this.#setting.toError(reason, exchange.requestId)
    const status = ownStatus ?? codeToHttpStatus(error.code)
    this.#setting.requestLog?.other(exchange, status)
    this.#setting.metrics?.failed(reason)
    sendError(exchange, status, error)
  }
}

function receive(call: Call, hasEncoding: boolean): void {
  const { exchange, route, setting } = call
  if (!route.takesStream) {
    exchange.receiver = new SingleRequest(call, hasEncoding)
    setting.requestLog?.countRequest(exchange)
    return
  }
  const requests = new RequestStream(call, hasEncoding)
  exchange.receiver = requests
  setting.requestLog?.countRequest(exchange)
  requests.start()
}

/** For a call whose body, where it has one, is nobody's: of a GET, and of a call that is not let in yet. */
class WithoutBody implements Receiver {
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  patienceMs(requestTimeoutMs: number): number {
    return requestTimeoutMs
  }

  data(): void {}
  end(): void {}
  late(): void {}
  closed(): void {
    this.#call.closed()
  }
}

/** Whether the protocol has a form for the streams of the method. */
function isSpokenBy(protocol: Protocol, route: Route): boolean {
  return protocol.name !== 'connect' || protocol.isEnveloped === (route.takesStream || route.givesStream)
}

/** Whether the version of HTTP carries it. */
function isCarriedBy(exchange: Exchange, protocol: Protocol, route: Route): boolean {
  return exchange.httpVersion === '2' || (protocol.name !== 'grpc' && !(route.takesStream && route.givesStream))
}

function isGzip(encoding: string | undefined): boolean {
  if (encoding === undefined || encoding === 'identity' || encoding === '') return false
  if (encoding === 'gzip') return true
  throw new ChatApiError(
    'UNSUPPORTED_COMPRESSION',
    `the compression ${JSON.stringify(encoding)} is not supported; expected gzip or identity`,
  )
}

function unknownMethod(path: string): ConnectError {
  return new ConnectError(`the service has no method ${path}`, Code.Unimplemented)
}

function notFound(path: string): Page {
  return jsonPage(404, { code: 'not_found', message: `nothing is at ${path}` })
}

function malformed(message: string): ChatApiError {
  return new ChatApiError('MALFORMED_REQUEST', message)
}
