import type { DescMethod, DescService } from '@bufbuild/protobuf'
import { Code, ConnectError, type ContextValues, createContextValues } from '@connectrpc/connect'
import { ChatApiError } from '../domain/errors.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { TracedCall, Tracing } from '../telemetry/tracing.ts'
import type { AnyInit, CallHead } from '../wire/service-binding.ts'
import type { Exchange } from './exchange.ts'
import { FLUSH_MS, type InFlight } from './in-flight.ts'
import type { KnownRequests } from './known-requests.ts'
import { headersOf } from './protocols/metadata.ts'
import type { Metadata, Protocol } from './protocols/protocol.ts'
import type { RequestLog } from './request-log.ts'
import type { Route } from './route.ts'

/** What the calls of a server share. */
export interface CallSetting {
  readonly maxMessageBytes: number
  /** How long a call may take, whatever its client says. */
  readonly maxDeadlineMs: number
  readonly inFlight: InFlight
  readonly knownRequests: KnownRequests
  readonly requestLog: RequestLog | undefined
  readonly metrics: Metrics | undefined
  readonly tracing: Tracing | undefined
  /** The error with which a call fails on the wire. */
  readonly toError: (error: unknown, requestId: string) => ConnectError
}

const MS_PER_SECOND = 1_000
const NO_DEADLINE = Number.POSITIVE_INFINITY

/**
 * One call, from the head of its request to the end of its answer, and what its handler sees of it. It ends once: by an
 * answer, an error, its deadline, the shutdown, or because the client went away.
 *
 * Most handlers look at little of it, and what is allocated for a call is most of what it costs, so every part is made when
 * it is first read.
 */
export class Call implements CallHead, Metadata {
  readonly exchange: Exchange
  readonly protocol: Protocol
  readonly route: Route
  readonly setting: CallSetting
  isOver = false
  readonly #deadline: number
  #begunAt = 0
  #deadlineTimer: NodeJS.Timeout | undefined
  #isPending = false
  #isOpened = false
  #controller: AbortController | undefined
  #endedBy: unknown
  #onOver: (() => void)[] | undefined
  #requestHeader: Headers | undefined
  #responseHeader: Headers | undefined
  #responseTrailer: Headers | undefined
  #values: ContextValues | undefined
  readonly #traced: TracedCall | undefined

  constructor(exchange: Exchange, protocol: Protocol, route: Route, setting: CallSetting, timeoutMs = NO_DEADLINE) {
    this.exchange = exchange
    this.protocol = protocol
    this.route = route
    this.setting = setting
    this.#deadline = timeoutMs === NO_DEADLINE ? NO_DEADLINE : performance.now() + timeoutMs
    setting.requestLog?.begin(exchange)
    if (setting.metrics) this.#begunAt = performance.now()
    this.#traced = setting.tracing?.call(route.name, exchange.headers, {
      'rpc.system': protocol.name,
      'client.address': exchange.connection.address,
      'chatapi.request_id': exchange.requestId,
    })
  }

  get method(): DescMethod {
    return this.route.method
  }

  get service(): DescService {
    return this.route.method.parent
  }

  get protocolName(): string {
    return this.protocol.name
  }

  get requestMethod(): string {
    return this.exchange.method
  }

  get url(): string {
    return `http://${this.exchange.host ?? 'localhost'}${this.exchange.target}`
  }

  /** Aborts when the call is over, however it ended. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.isOver) this.#controller.abort(this.#endedBy)
    }
    return this.#controller.signal
  }

  /** How long the caller still waits. */
  get remainingMs(): number {
    return this.#deadline === NO_DEADLINE ? NO_DEADLINE : this.#deadline - performance.now()
  }

  get timeoutMs(): () => number | undefined {
    return () => (this.#deadline === NO_DEADLINE ? undefined : this.remainingMs)
  }

  field(name: string): string | undefined {
    const value = this.exchange.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  get peerAddress(): string {
    return this.exchange.connection.address
  }

  get certificateNames(): readonly string[] {
    return this.exchange.connection.certificateNames
  }

  get requestId(): string {
    return this.exchange.requestId
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= headersOf(this.exchange.headers)
    return this.#requestHeader
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers()
    return this.#responseHeader
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers()
    return this.#responseTrailer
  }

  get values(): ContextValues {
    this.#values ??= createContextValues()
    return this.#values
  }

  /** The headers of the answer, where the handler has set any. */
  get header(): Headers | undefined {
    return this.#responseHeader
  }

  get trailer(): Headers | undefined {
    return this.#responseTrailer
  }

  /** The call goes on beyond this turn of the event loop: from now on its deadline is timed, and a shutdown ends it. */
  pending(): void {
    if (this.isOver || this.#isPending) return
    this.#isPending = true
    this.setting.inFlight.add(this)
    const { remainingMs } = this
    const maxMs = this.route.isWatch ? NO_DEADLINE : this.setting.maxDeadlineMs
    if (remainingMs <= maxMs && remainingMs !== NO_DEADLINE) {
      this.#deadlineTimer = setTimeout(() => this.fail(deadlinePassed()), Math.max(0, remainingMs))
    } else if (maxMs !== NO_DEADLINE) {
      this.#deadlineTimer = setTimeout(() => this.fail(tookTooLong(maxMs)), maxMs)
    }
  }

  /** Runs what the handler does, as part of the call for whoever traces it. */
  within<T>(work: () => T): T {
    return this.#traced ? this.#traced.within(work) : work()
  }

  whenOver(tell: () => void): void {
    this.#onOver ??= []
    this.#onOver.push(tell)
  }

  /** Answers with one message. */
  answer(answer: AnyInit): void {
    if (this.isOver) return
    const bytes = this.protocol.format.encode(this.route.method.output, answer)
    const { exchange, protocol } = this
    const { largeAnswers } = exchange.connection
    largeAnswers.assertRoom(bytes.byteLength)
    exchange.holdAnswer(bytes)
    this.setting.requestLog?.addAnswer(exchange, bytes.byteLength)
    largeAnswers.send(bytes.byteLength, () => protocol.answer(exchange, bytes, this))
    this.#end(undefined)
  }

  /** Begins to answer with a stream, where that is not done yet. */
  open(): void {
    if (this.isOver || this.#isOpened) return
    this.#isOpened = true
    this.protocol.open(this.exchange, this)
  }

  /** Sends one message of a stream. Returns whether the client keeps up. */
  write(answer: AnyInit): boolean {
    if (this.isOver) return true
    const bytes = this.protocol.format.encode(this.route.method.output, answer)
    this.exchange.hold(bytes.byteLength)
    this.setting.requestLog?.addAnswer(this.exchange, bytes.byteLength)
    this.open()
    return this.protocol.write(this.exchange, bytes)
  }

  /** Ends a stream. */
  close(): void {
    if (this.isOver) return
    this.open()
    this.protocol.close(this.exchange, undefined, this)
    this.#end(undefined)
  }

  fail(error: unknown): void {
    if (this.isOver) return
    const failure = this.setting.toError(error, this.exchange.requestId)
    this.setting.metrics?.failed(error)
    if (this.#isOpened) this.protocol.close(this.exchange, failure, this)
    else this.protocol.refuse(this.exchange, failure, this)
    this.#end(error, failure.code)
  }

  /** The client is gone, or has its answer. */
  closed(): void {
    if (!this.isOver) this.#end(cancelled(), Code.Canceled)
  }

  #end(endedBy: unknown, code?: Code): void {
    this.isOver = true
    this.#endedBy = endedBy
    if (this.#isPending) {
      clearTimeout(this.#deadlineTimer)
      this.setting.inFlight.delete(this)
    }
    this.#controller?.abort(endedBy)
    if (this.#onOver) for (const tell of this.#onOver) tell()
    // Nothing more is wanted of a stream of requests, and it may have no end of its own.
    if (this.route.takesStream) this.exchange.cutOffSoon(FLUSH_MS)
    const { metrics, requestLog } = this.setting
    requestLog?.end(this, code)
    metrics?.calls.ended(this.route.name, code, (performance.now() - this.#begunAt) / MS_PER_SECOND)
    this.#traced?.end(code ?? 0)
  }
}

/** A client that does not finish its request. */
export function notWhole(timeoutMs: number): ChatApiError {
  return new ChatApiError('DEADLINE_EXCEEDED', `the request did not arrive whole within ${timeoutMs} ms`)
}

function tookTooLong(maxMs: number): ChatApiError {
  return new ChatApiError('DEADLINE_EXCEEDED', `the call took longer than the ${maxMs} ms that this server allows`)
}

export function deadlinePassed(): ConnectError {
  return new ConnectError('the deadline of the call passed', Code.DeadlineExceeded)
}

export function cancelled(): ConnectError {
  return new ConnectError('the call was cancelled', Code.Canceled)
}
