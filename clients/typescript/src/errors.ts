import type { DescMethodUnary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { ErrorReason, ErrorReasonSchema } from '../gen/chatapi/v1/chat_api_pb.js'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.js'
import { type FaultAdvice, transportFault } from './faults.ts'

/** The names of the codes of gRPC. */
export type ErrorCode =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED'

/** A field that broke its rule. */
export interface FieldViolation {
  /** The path in the request, in the names of the contract, as in `activities[3].platform`. */
  readonly field: string
  /** What was wrong and what was expected. */
  readonly description: string
}

interface Details {
  readonly code: ErrorCode
  readonly reason?: ErrorReason
  readonly reasonName?: string
  readonly fields?: readonly FieldViolation[]
  readonly retryAfterMs?: number | undefined
  readonly metadata?: Readonly<Record<string, string>>
  readonly method: string
  readonly cause?: unknown
}

/**
 * A call that failed, wherever it did.
 *
 * ```ts
 * try {
 *   await client.getStream({ streamId })
 * } catch (error) {
 *   if (error instanceof ChatApiError && error.reason === ErrorReason.STREAM_NOT_FOUND) return undefined
 *   throw error
 * }
 * ```
 */
export class ChatApiError extends Error {
  override readonly name = 'ChatApiError'
  readonly code: ErrorCode
  /** Why, by the contract; `UNSPECIFIED` where no ChatApi server said so, or one with a newer contract. */
  readonly reason: ErrorReason
  /** The reason as it was sent, such as `ERROR_REASON_STREAM_NOT_FOUND`; empty where none was. */
  readonly reasonName: string
  /** The fields of the request that broke their rules. */
  readonly fields: readonly FieldViolation[]
  /** Set where the same call is likely to succeed after so many milliseconds. */
  readonly retryAfterMs: number | undefined
  /** What the server adds to the reason, such as `stream_id`. */
  readonly metadata: Readonly<Record<string, string>>
  /** The method called, such as `GetStream`. */
  readonly method: string

  constructor(message: string, details: Details) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.reason = details.reason ?? ErrorReason.UNSPECIFIED
    this.reasonName = details.reasonName ?? ''
    this.fields = details.fields ?? []
    this.retryAfterMs = details.retryAfterMs
    this.metadata = details.metadata ?? {}
    this.method = details.method
  }
}

/** Where a call went: what its error can tell beside what the server said. */
export interface CallSite {
  readonly method: DescMethodUnary
  readonly baseUrl: string
  readonly signal: AbortSignal | undefined
  readonly advise: FaultAdvice | undefined
}

export function toChatApiError(thrown: unknown, site: CallSite): ChatApiError {
  const error = ConnectError.from(thrown)
  const [info] = error.findDetails(ErrorInfoSchema)
  return info ? serverError(error, info, site) : clientError(error, site)
}

/** What a ChatApi server answered. */
function serverError(
  error: ConnectError,
  { reason: reasonName, metadata }: { reason: string; metadata: Record<string, string> },
  { method }: CallSite,
): ChatApiError {
  const [retryInfo] = error.findDetails(RetryInfoSchema)
  const delay = retryInfo?.retryDelay
  return new ChatApiError(`${method.name}: ${error.rawMessage}`, {
    code: codeName(error.code),
    reason: reasonOf(reasonName),
    reasonName,
    fields: error
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations.map(({ field, description }) => ({ field, description }))),
    retryAfterMs: delay && Number(delay.seconds) * 1_000 + delay.nanos / 1e6,
    metadata,
    method: method.name,
    cause: error,
  })
}

/** What happened on the way, or an answer of something that is no ChatApi server. */
function clientError(error: ConnectError, { method, baseUrl, signal, advise }: CallSite): ChatApiError {
  const prefix = `${method.name} at ${baseUrl}`
  if (signal?.aborted) return ended(`${prefix}: the call was cancelled`, 'CANCELLED', method, signal.reason)
  if (error.code === Code.DeadlineExceeded) {
    return ended(`${prefix}: no answer within the deadline`, 'DEADLINE_EXCEEDED', method, error)
  }
  const { code, text } = transportFault(error, advise)
  return new ChatApiError(`${prefix}: ${text}`, { code: codeName(code), method: method.name, cause: error })
}

function ended(message: string, name: 'CANCELLED' | 'DEADLINE_EXCEEDED', method: DescMethodUnary, cause: unknown) {
  const details = {
    code: name,
    reason: ErrorReason[name],
    reasonName: `ERROR_REASON_${name}`,
    method: method.name,
    cause,
  }
  return new ChatApiError(message, details)
}

function reasonOf(name: string): ErrorReason {
  return ErrorReasonSchema.values.find((value) => value.name === name)?.number ?? ErrorReason.UNSPECIFIED
}

/** `InvalidArgument` to `INVALID_ARGUMENT`. */
function codeName(code: Code): ErrorCode {
  if (code === Code.Canceled) return 'CANCELLED'
  return Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() as ErrorCode
}
