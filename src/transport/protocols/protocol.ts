import type { ConnectError } from '@connectrpc/connect'
import type { Exchange } from '../exchange.ts'
import type { Format } from './format.ts'

/** What a handler wants to say beside its answer; absent where it said nothing. */
export interface Metadata {
  readonly header: Headers | undefined
  readonly trailer: Headers | undefined
}

/**
 * How one protocol, with messages in one format, puts a call into HTTP. Deadlines, limits, compression, cancellation and
 * what else becomes of a call are the same for all and stand elsewhere.
 */
export interface Protocol {
  readonly name: 'grpc' | 'grpc-web' | 'connect'
  readonly format: Format
  /** Whether a message comes in an envelope, so that there may be several. */
  readonly isEnveloped: boolean
  /** Whether the body is text, in base64. */
  readonly isText: boolean
  /** The field that names the compression of the messages. */
  readonly encodingField: string
  /** The deadline of a call in milliseconds from now. Throws MALFORMED_REQUEST where the client's is none. */
  timeoutMs(exchange: Exchange): number | undefined
  /** The whole of a call that is answered by one message. */
  answer(exchange: Exchange, message: Uint8Array, metadata: Metadata): void
  /** The whole of a call that failed before anything of its answer was sent. */
  refuse(exchange: Exchange, error: ConnectError, metadata: Metadata): void
  /** Begins an answer that is a stream. */
  open(exchange: Exchange, metadata: Metadata): void
  /** Sends one message of it. Returns whether the client keeps up. */
  write(exchange: Exchange, message: Uint8Array): boolean
  /** Ends it. */
  close(exchange: Exchange, error: ConnectError | undefined, metadata: Metadata): void
}
