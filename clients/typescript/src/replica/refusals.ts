import { ErrorReason, ErrorReasonSchema } from '../../gen/chatapi/v1/chat_api_pb.js'
import type { ErrorCode } from '../codes.ts'
import { ChatApiError, type FieldViolation } from '../errors.ts'

/** An error of a replica, which fails as a server would. */
export function failure(
  method: string,
  code: ErrorCode,
  reason: ErrorReason,
  message: string,
  more: { readonly metadata?: Record<string, string>; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
): ChatApiError {
  return new ChatApiError(`${method}: ${message}`, { code, reason, reasonName: nameOf(reason), method, ...more })
}

/** Arguments that break their rules. */
export function refused(method: string, reason: ErrorReason, fields: readonly FieldViolation[]): ChatApiError {
  const what = fields.map(({ field, description }) => `${field}: ${description}`).join('; ')
  const code = 'INVALID_ARGUMENT'
  return new ChatApiError(`${method}: ${what}`, { code, reason, reasonName: nameOf(reason), fields, method })
}

/** No stream has an id, or none any more. */
export function notFound(method: string, streamId: string, wasDeleted: boolean): ChatApiError {
  const metadata = { stream_id: streamId }
  return wasDeleted
    ? failure(method, 'NOT_FOUND', ErrorReason.STREAM_DELETED, `the stream ${streamId} was deleted`, { metadata })
    : failure(method, 'NOT_FOUND', ErrorReason.STREAM_NOT_FOUND, `no stream has the id ${streamId}`, { metadata })
}

function nameOf(reason: ErrorReason): string {
  return ErrorReasonSchema.values.find(({ number }) => number === reason)!.name
}
