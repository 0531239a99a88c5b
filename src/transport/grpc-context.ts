import type { DescMethod, DescService } from '@bufbuild/protobuf'
import { Code, ConnectError, type ContextValues, createContextValues, type HandlerContext } from '@connectrpc/connect'
import type { ServerUnaryCall } from '@grpc/grpc-js'
import { headersOf } from './grpc-metadata.ts'

/** What the calls of all four kinds have in common. */
export interface GrpcCall
  extends Pick<
    ServerUnaryCall<unknown, unknown>,
    'cancelled' | 'metadata' | 'getDeadline' | 'getHost' | 'getPath' | 'getPeer' | 'sendMetadata'
  > {
  /** Emitted when the call is over, however it ended. */
  once(event: 'cancelled', listener: () => void): unknown
}

/**
 * What a handler sees of a call. Most handlers look at little of it, and on the fast path what is allocated is what a call
 * costs, so every part is made when it is first read.
 */
export class GrpcContext implements HandlerContext {
  readonly method: DescMethod
  readonly #call: GrpcCall
  #signal: AbortSignal | undefined
  #requestHeader: Headers | undefined
  #responseHeader: Headers | undefined
  #responseTrailer: Headers | undefined
  #values: ContextValues | undefined

  constructor(method: DescMethod, call: GrpcCall) {
    this.method = method
    this.#call = call
  }

  get service(): DescService {
    return this.method.parent
  }

  get protocolName(): string {
    return 'grpc'
  }

  get requestMethod(): string {
    return 'POST'
  }

  get url(): string {
    return `http://${this.#call.getHost()}${this.#call.getPath()}`
  }

  /** Aborts when the deadline passes, when the client goes away, and when the call is over. */
  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#call)
    return this.#signal
  }

  get timeoutMs(): () => number | undefined {
    const deadline = Number(this.#call.getDeadline())
    return () => (deadline === Number.POSITIVE_INFINITY ? undefined : deadline - Date.now())
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= headersOf(this.#call.metadata)
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

  /** The response headers, if the handler has set any. */
  get setHeader(): Headers | undefined {
    return this.#responseHeader
  }

  /** The trailers, if the handler has set any. */
  get setTrailer(): Headers | undefined {
    return this.#responseTrailer
  }
}

function signalOf(call: GrpcCall): AbortSignal {
  const controller = new AbortController()
  const abort = () => controller.abort(reasonOf(call))
  if (call.cancelled) abort()
  else call.once('cancelled', abort)
  return controller.signal
}

/** Why a call ended before it was answered. */
export function reasonOf(call: GrpcCall): ConnectError {
  return Number(call.getDeadline()) <= Date.now()
    ? new ConnectError('the deadline of the call passed', Code.DeadlineExceeded)
    : new ConnectError('the call was cancelled', Code.Canceled)
}
