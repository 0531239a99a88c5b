import type { DescMethod } from '@bufbuild/protobuf'
import { ErrorReason, ErrorReasonSchema } from '../gen/chatapi/v1/chat_api_pb.js'
import {
  BadRequestSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  RetryInfoSchema,
} from '../gen/google/rpc/error_details_pb.js'
import type { AbortSignalLike } from './cancellation.ts'
import type { ErrorCode } from './codes.ts'
import { type FaultAdvice, transportFault } from './faults.ts'
import { detailsOf, WireError } from './wire.ts'

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
  readonly method: DescMethod
  readonly baseUrl: string
  readonly signal: AbortSignalLike | undefined
  readonly advise: FaultAdvice | undefined
}

export function toChatApiError(thrown: unknown, site: CallSite): ChatApiError {
  if (thrown instanceof ChatApiError) return thrown
  const error = thrown instanceof WireError ? thrown : new WireError(String(thrown), { code: 'UNKNOWN', cause: thrown })
  const [info] = detailsOf(error, ErrorInfoSchema)
  return info ? serverError(error, info, site) : clientError(error, site)
}

/** What a ChatApi server answered. */
function serverError(error: WireError, { reason: reasonName, metadata }: ErrorInfo, { method }: CallSite) {
  const [retryInfo] = detailsOf(error, RetryInfoSchema)
  const delay = retryInfo?.retryDelay
  return new ChatApiError(`${method.name}: ${error.message}`, {
    code: error.code,
    reason: reasonOf(reasonName),
    reasonName,
    fields: detailsOf(error, BadRequestSchema).flatMap(({ fieldViolations }) =>
      fieldViolations.map(({ field, description }) => ({ field, description })),
    ),
    retryAfterMs: delay && Number(delay.seconds) * 1_000 + delay.nanos / 1e6,
    metadata,
    method: method.name,
    cause: error,
  })
}

/** What happened on the way, or an answer of something that is no ChatApi server. */
function clientError(error: WireError, { method, baseUrl, signal, advise }: CallSite): ChatApiError {
  const prefix = `${method.name} at ${baseUrl}`
  if (signal?.aborted) return cancelledError(`${prefix}: the call was cancelled`, method, signal)
  if (error.code === 'DEADLINE_EXCEEDED') {
    return deadlineError(`${prefix}: no answer within the deadline`, method, error)
  }
  const { code, text } = transportFault(error, advise)
  return new ChatApiError(`${prefix}: ${text}`, { code, method: method.name, cause: error })
}

/** What the signal of a call did. */
export function cancelledError(message: string, method: DescMethod, signal: AbortSignalLike): ChatApiError {
  return ended(message, 'CANCELLED', method, signal.reason)
}

/** What came too late. */
export function deadlineError(message: string, method: DescMethod, cause?: unknown): ChatApiError {
  return ended(message, 'DEADLINE_EXCEEDED', method, cause)
}

function ended(message: string, name: 'CANCELLED' | 'DEADLINE_EXCEEDED', method: DescMethod, cause: unknown) {
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
