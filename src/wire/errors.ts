import { randomUUID } from 'node:crypto'
import { Code, ConnectError } from '@connectrpc/connect'
import type { Logger } from 'pino'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { ChatApiError, type FieldViolation, type Reason } from '../domain/errors.ts'
import { ConflictError, StoreClosedError, StoreDamagedError, StoreUnavailableError } from '../store/store.ts'

const ERROR_DOMAIN = 'chatapi.v1'

const CODES: Readonly<Record<Reason, Code>> = {
  INVALID_FIELD: Code.InvalidArgument,
  MALFORMED_REQUEST: Code.InvalidArgument,
  PAGE_TOKEN_INVALID: Code.InvalidArgument,
  PAGE_TOKEN_MISMATCH: Code.InvalidArgument,
  LIST_TOO_LARGE: Code.ResourceExhausted,
  MESSAGE_TOO_LARGE: Code.ResourceExhausted,
  STREAM_NOT_FOUND: Code.NotFound,
  STREAM_ID_COLLISION: Code.AlreadyExists,
  WRITE_CONFLICT: Code.Aborted,
  DIRECTORY_LOADING: Code.Unavailable,
  REVISION_NOT_REACHED: Code.Unavailable,
  STORE_UNAVAILABLE: Code.Unavailable,
  SHUTTING_DOWN: Code.Unavailable,
  UNKNOWN_METHOD: Code.Unimplemented,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  CANCELLED: Code.Canceled,
  INTERNAL: Code.Internal,
  ORIGIN_REFUSED: Code.PermissionDenied,
  UNAUTHENTICATED: Code.Unauthenticated,
  PERMISSION_DENIED: Code.PermissionDenied,
  RATE_LIMITED: Code.ResourceExhausted,
  OVERLOADED: Code.ResourceExhausted,
  UNSUPPORTED_COMPRESSION: Code.Unimplemented,
  ETAG_MISMATCH: Code.Aborted,
  STREAM_DELETED: Code.NotFound,
  RESUME_TOKEN_EXPIRED: Code.OutOfRange,
  RESUME_TOKEN_MISMATCH: Code.InvalidArgument,
  WATCHER_TOO_SLOW: Code.ResourceExhausted,
  WATCH_UNSUPPORTED: Code.FailedPrecondition,
  QUERY_UNSUPPORTED: Code.FailedPrecondition,
  IMPORT_INVALID: Code.InvalidArgument,
  TIME_TOO_FAR_AHEAD: Code.InvalidArgument,
}

export const REASONS = Object.keys(CODES) as readonly Reason[]

/** What a runtime means by a code when it refuses a call itself. Other codes leave as they are. */
const RUNTIME_REASONS: ReadonlyMap<Code, Reason> = new Map([
  [Code.InvalidArgument, 'MALFORMED_REQUEST'],
  [Code.ResourceExhausted, 'MESSAGE_TOO_LARGE'],
  [Code.Unimplemented, 'UNKNOWN_METHOD'],
  [Code.DeadlineExceeded, 'DEADLINE_EXCEEDED'],
  [Code.Canceled, 'CANCELLED'],
])

/** What is the server's own fault, whatever a runtime calls it. */
const OWN_FAULTS: ReadonlySet<Code> = new Set([Code.Internal, Code.Unknown, Code.DataLoss])

/** Where the runtimes have different words for the same. */
const RUNTIME_MESSAGES: Partial<Readonly<Record<Reason, string>>> = {
  DEADLINE_EXCEEDED: 'the deadline of the call passed',
  CANCELLED: 'the call was cancelled',
}

const STORE_RETRY_MS = 1000
const OUTAGE_INTERVAL_MS = 10_000

/**
 * Errors travel in trailers, and common gRPC clients refuse trailers over 8 KiB. The message is in them twice, in percent
 * encoding and in base64.
 */
const MAX_MESSAGE_BYTES = 1024
const MAX_METADATA_VALUE_BYTES = 512
const MAX_VIOLATIONS_BYTES = 2048

/**
 * The error with which a call fails on the wire. Whatever is not known is logged with its cause, and the caller gets
 * the id under which it stands in the log.
 *
 * @param requestId of the call, for the log
 */
export function toConnectError(error: unknown, log: Logger, requestId?: string): ConnectError {
  if (error instanceof ConnectError) return fromConnectError(error, log, requestId)
  if (error instanceof ChatApiError && error.reason !== 'INTERNAL') return fromChatApiError(error)
  if (error instanceof StoreUnavailableError) {
    tellOutage(error, log)
    return fromChatApiError(storeUnavailable(error, 'the log of the server says more'))
  }
  if (error instanceof StoreClosedError) {
    return fromChatApiError(new ChatApiError('SHUTTING_DOWN', 'the server is shutting down', { cause: error }))
  }
  if (error instanceof ConflictError) {
    return fromChatApiError(new ChatApiError('WRITE_CONFLICT', error.message, { retryAfterMs: 0, cause: error }))
  }
  if (error instanceof Error && error.name === 'TimeoutError') return runtimeError(Code.DeadlineExceeded, error)
  if (error instanceof Error && error.name === 'AbortError') return runtimeError(Code.Canceled, error)
  return internal(error, log, requestId)
}

/** The failure of a call that the store did not serve. */
export function storeUnavailable(error: StoreUnavailableError, more: string): ChatApiError {
  return new ChatApiError('STORE_UNAVAILABLE', `${error.summary}; ${more}`, {
    retryAfterMs: STORE_RETRY_MS,
    cause: error,
  })
}

/** A request that breaks the rules of its protocol, where those demand another code than that of the reason. */
export function malformedRequest(code: Code, message: string): ConnectError {
  return build(code, 'MALFORMED_REQUEST', message, {}, undefined)
}

/** Whether the error already has its place in the contract, so that no layer above adds to it. */
function isMapped(error: ConnectError): boolean {
  return error.details.some((detail) =>
    'desc' in detail ? detail.desc.typeName === ErrorInfoSchema.typeName : detail.type === ErrorInfoSchema.typeName,
  )
}

function fromConnectError(error: ConnectError, log: Logger, requestId: string | undefined): ConnectError {
  if (isMapped(error)) return error
  if (OWN_FAULTS.has(error.code)) return internal(error, log, requestId)
  return RUNTIME_REASONS.has(error.code) ? runtimeError(error.code, error) : error
}

function runtimeError(code: Code, cause: Error): ConnectError {
  const reason = RUNTIME_REASONS.get(code) as Reason
  const { rawMessage, metadata } = ConnectError.from(cause, code)
  return build(code, reason, RUNTIME_MESSAGES[reason] ?? rawMessage, {}, cause, metadata)
}

function fromChatApiError(error: ChatApiError): ConnectError {
  const result = build(CODES[error.reason], error.reason, error.message, error.metadata, error.cause)
  const fieldViolations = fitting(error.violations)
  if (fieldViolations.length > 0) {
    result.details.push({ desc: BadRequestSchema, value: { fieldViolations } })
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000)
    const nanos = Math.round((error.retryAfterMs % 1000) * 1e6)
    result.details.push({ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(seconds), nanos } } })
  }
  return result
}

/** When each log was last told of an outage, in which every call fails alike. */
const outagesTold = new WeakMap<Logger, number>()

function tellOutage(error: StoreUnavailableError, log: Logger): void {
  const now = performance.now()
  if (now - (outagesTold.get(log) ?? Number.NEGATIVE_INFINITY) < OUTAGE_INTERVAL_MS) return
  outagesTold.set(log, now)
  log.warn({ err: error }, 'calls fail, for the store cannot serve them; told at most every 10 s')
}

function internal(error: unknown, log: Logger, requestId: string | undefined): ConnectError {
  const errorId = randomUUID()
  const isDamage = error instanceof StoreDamagedError
  const what = isDamage ? 'a call failed, for the store is damaged' : 'a call failed for an unknown reason'
  log.error({ err: error, error_id: errorId, request_id: requestId }, what)
  const message = `internal error; the log of the server has its cause under ${errorId}`
  return build(Code.Internal, 'INTERNAL', message, { error_id: errorId }, error)
}

function build(
  code: Code,
  reason: Reason,
  message: string,
  metadata: Readonly<Record<string, string>>,
  cause: unknown,
  headers?: Headers,
): ConnectError {
  const fittingMetadata: Record<string, string> = {}
  for (const [key, value] of Object.entries(metadata)) fittingMetadata[key] = clip(value, MAX_METADATA_VALUE_BYTES)
  const info = { reason: `ERROR_REASON_${reason}`, domain: ERROR_DOMAIN, metadata: fittingMetadata }
  const details = [{ desc: ErrorInfoSchema, value: info }]
  return new ConnectError(clip(message, MAX_MESSAGE_BYTES), code, headers, details, cause)
}

/** As many of the violations, from the first on, as fit into trailers. */
function fitting(violations: readonly FieldViolation[]): FieldViolation[] {
  const result: FieldViolation[] = []
  let bytes = 0
  for (const violation of violations) {
    const field = clip(violation.field, MAX_METADATA_VALUE_BYTES)
    const description = clip(violation.description, MAX_METADATA_VALUE_BYTES)
    bytes += Buffer.byteLength(field) + Buffer.byteLength(description)
    if (result.length > 0 && bytes > MAX_VIOLATIONS_BYTES) break
    result.push({ field, description })
  }
  return result
}

/** The text, well formed, cut behind a whole character and marked where it is longer than `maxBytes`. */
function clip(text: string, maxBytes: number): string {
  const wellFormed = text.toWellFormed()
  if (wellFormed.length * 3 <= maxBytes || Buffer.byteLength(wellFormed) <= maxBytes) return wellFormed
  const { read } = new TextEncoder().encodeInto(wellFormed, new Uint8Array(maxBytes - 3))
  return `${wellFormed.slice(0, read)}…`
}
