/**
 * Why a call failed: the names of the contract's `ErrorReason` without their prefix.
 * test/wire/errors.test.ts holds the two equal.
 */
export type Reason =
  | 'INVALID_FIELD'
  | 'MALFORMED_REQUEST'
  | 'PAGE_TOKEN_INVALID'
  | 'PAGE_TOKEN_MISMATCH'
  | 'LIST_TOO_LARGE'
  | 'MESSAGE_TOO_LARGE'
  | 'STREAM_NOT_FOUND'
  | 'STREAM_ID_COLLISION'
  | 'WRITE_CONFLICT'
  | 'DIRECTORY_LOADING'
  | 'REVISION_NOT_REACHED'
  | 'STORE_UNAVAILABLE'
  | 'SHUTTING_DOWN'
  | 'UNKNOWN_METHOD'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'INTERNAL'
  | 'ORIGIN_REFUSED'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'RATE_LIMITED'
  | 'OVERLOADED'
  | 'UNSUPPORTED_COMPRESSION'
  | 'ETAG_MISMATCH'
  | 'STREAM_DELETED'
  | 'RESUME_TOKEN_EXPIRED'
  | 'RESUME_TOKEN_MISMATCH'
  | 'WATCHER_TOO_SLOW'
  | 'WATCH_UNSUPPORTED'
  | 'QUERY_UNSUPPORTED'
  | 'IMPORT_INVALID'
  | 'TIME_TOO_FAR_AHEAD'

export interface FieldViolation {
  /** The path in the request, as in `activities[3].platform`. */
  readonly field: string
  /** What was wrong and what was expected. */
  readonly description: string
}

interface Details {
  readonly metadata?: Readonly<Record<string, string>>
  readonly violations?: readonly FieldViolation[]
  /** Set where calling again after so long is likely to succeed. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** A failure that the caller is told about, whatever the transport. Any other error leaves the service as INTERNAL. */
export class ChatApiError extends Error {
  override readonly name = 'ChatApiError'
  readonly reason: Reason
  readonly metadata: Readonly<Record<string, string>>
  readonly violations: readonly FieldViolation[]
  readonly retryAfterMs: number | undefined

  constructor(reason: Reason, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.reason = reason
    this.metadata = details.metadata ?? {}
    this.violations = details.violations ?? []
    this.retryAfterMs = details.retryAfterMs
  }
}

/** An error for one or more fields, whose message repeats them for clients that show nothing else. */
export function invalidFields(violations: readonly FieldViolation[]): ChatApiError {
  return new ChatApiError('INVALID_FIELD', messageOf(violations), { violations })
}

function messageOf(violations: readonly FieldViolation[]): string {
  return violations.map(({ field, description }) => (field ? `${field}: ${description}` : description)).join('; ')
}

/** The same failure as it reads where the fields are those of a part of the request, such as `activities[3]`. */
export function within(path: string, error: ChatApiError): ChatApiError {
  const { reason, metadata, violations, cause } = error
  if (violations.length === 0) return error
  const moved = violations.map(({ field, description }) => ({ field: `${path}.${field}`, description }))
  return new ChatApiError(reason, messageOf(moved), { metadata, violations: moved, cause })
}

/** A caller whom nobody knows by what it shows. */
export function unauthenticated(message: string): ChatApiError {
  return new ChatApiError('UNAUTHENTICATED', message)
}

export function streamNotFound(streamId: string): ChatApiError {
  return new ChatApiError('STREAM_NOT_FOUND', `no stream has the id ${JSON.stringify(streamId)}`, {
    metadata: { stream_id: streamId },
  })
}

export function streamDeleted(streamId: string): ChatApiError {
  return new ChatApiError('STREAM_DELETED', `the stream with the id ${JSON.stringify(streamId)} was deleted`, {
    metadata: { stream_id: streamId },
  })
}

/** A stream that changed since the caller read it. */
export function etagMismatch(streamId: string, expected: string, actual: string): ChatApiError {
  const message = `the stream ${JSON.stringify(streamId)} is not in the state of etag ${JSON.stringify(expected)} any more; nothing was written`
  return new ChatApiError('ETAG_MISMATCH', message, { metadata: { stream_id: streamId, etag: actual } })
}
