import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'

/** What is traced of a call. */
export interface TracedCall {
  /** Calls what is to belong to the call: spans that are begun there become its children. */
  within<T>(work: () => T): T
  /** @param code as gRPC numbers it; 0 for a call that succeeded */
  end(code: number): void
}

/** Codes that are the fault of the server, as the conventions of OpenTelemetry for RPC have it. */
const OWN_FAULTS: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15])

/** Tells OpenTelemetry of calls and of what they ask of the store. There is none of these where nobody traces. */
export class Tracing {
  readonly #tracer: Tracer

  constructor(tracer: Tracer = trace.getTracer('chatapi')) {
    this.#tracer = tracer
  }

  /**
   * Begins a call, as a child of what its client names in `traceparent`.
   *
   * @param name as in `chatapi.v1.ChatApi/GetStream`
   */
  call(name: string, headers: Readonly<Record<string, unknown>>, attributes: Attributes): TracedCall {
    const parent = propagation.extract(ROOT_CONTEXT, headers)
    const [service, method] = name.split('/') as [string, string]
    const all = { ...attributes, 'rpc.service': service, 'rpc.method': method }
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: all }, parent)
    return new SpannedCall(span, trace.setSpan(parent, span))
  }

  /** What a call, where one is under way, asks of the store. */
  async storeOperation<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const attributes = { 'db.operation.name': operation }
    const span = this.#tracer.startSpan(`store ${operation}`, { kind: SpanKind.CLIENT, attributes })
    try {
      return await context.with(trace.setSpan(context.active(), span), work)
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).name })
      throw error
    } finally {
      span.end()
    }
  }
}

class SpannedCall implements TracedCall {
  readonly #span: Span
  readonly #context: Context

  constructor(span: Span, of: Context) {
    this.#span = span
    this.#context = of
  }

  within<T>(work: () => T): T {
    return context.with(this.#context, work)
  }

  end(code: number): void {
    this.#span.setAttribute('rpc.grpc.status_code', code)
    if (OWN_FAULTS.has(code)) this.#span.setStatus({ code: SpanStatusCode.ERROR })
    this.#span.end()
  }
}
