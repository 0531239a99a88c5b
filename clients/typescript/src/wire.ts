import {
  type DescMessage,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf'
import type { AbortSignalLike } from './cancellation.ts'
import type { ErrorCode } from './codes.ts'

/** What a wire is told of one call beside its messages. */
export interface WireCall {
  readonly headers: Readonly<Record<string, string>>
  /** Undefined means no deadline. */
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignalLike | undefined
}

/** Carries calls to a server and back, once each. Fails with a `WireError`. */
export interface Wire {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    call: WireCall,
  ): Promise<MessageShape<O>>
  /** Begins with the first `next`. To stop iterating cancels the call. */
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    call: WireCall,
  ): AsyncIterable<MessageShape<O>>
  /** Takes requests as fast as they can be sent. An error of theirs cancels the call. */
  clientStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodClientStreaming<I, O>,
    requests: AsyncIterable<MessageInitShape<I>>,
    call: WireCall,
  ): Promise<MessageShape<O>>
  /** Ends calls under way and lets connections go. A later call opens a new one. */
  close(): void
}

/** A `google.protobuf.Any` of an error. */
export interface WireErrorDetail {
  /** The full name of a message. */
  readonly typeName: string
  readonly value: Uint8Array
}

/** How a call failed, as the wire tells it. */
export class WireError extends Error {
  override readonly name = 'WireError'
  readonly code: ErrorCode
  readonly details: readonly WireErrorDetail[]
  /** What the platform calls the failure of a connection, such as `ECONNREFUSED`. */
  readonly platformCode: string | undefined

  constructor(
    message: string,
    options: {
      readonly code: ErrorCode
      readonly details?: readonly WireErrorDetail[]
      readonly platformCode?: string | undefined
      readonly cause?: unknown
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.details = options.details ?? []
    this.platformCode = options.platformCode
  }
}

/** The details of one type. What cannot be decoded is none. */
export function detailsOf<D extends DescMessage>(error: WireError, schema: D): MessageShape<D>[] {
  return error.details.flatMap(({ typeName, value }) => {
    if (typeName !== schema.typeName) return []
    try {
      return [fromBinary(schema, value)]
    } catch {
      return []
    }
  })
}
