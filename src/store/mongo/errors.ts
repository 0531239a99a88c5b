import {
  MongoClientClosedError,
  MongoCompatibilityError,
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb'
import {
  ConflictError,
  CursorExpiredError,
  StoreClosedError,
  StoreUnavailableError,
  StoreUnusableError,
  WatchUnsupportedError,
} from '../store.ts'

export const NAMESPACE_EXISTS = 48
export const UNAUTHORIZED = 13
export const CANNOT_CREATE_INDEX = 67
const DUPLICATE_KEY = 11000
const AUTHENTICATION_FAILED = [18, 8000]

/** The log was truncated, the token is of another log, or its event is too large to be sent. */
const CURSOR_LOST = new Set([9, 136, 222, 234, 260, 280, 286, 10334, 40647, 40648, 40649, 50811])

/** SnapshotTooOld and SnapshotUnavailable. */
const SNAPSHOT_GONE = new Set([239, 246])

/** The server stops, changes its role, loses its majority, or forgot a cursor or a transaction; and lost privileges. */
const UNAVAILABLE = new Set([
  ...[6, 7, 43, 50, 63, 64, 89, 91, 112, 133, 150, 175, 189, 239, 246, 251, 262, 290, 317, 358],
  ...[9001, 10107, 11600, 11602, 13388, 13435, 13436, 234],
  ...[UNAUTHORIZED, ...AUTHENTICATION_FAILED],
])

/** Of sockets: what the driver writes to a server in the moment of its end fails past the driver's own errors. */
const CONNECTION_LOST = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED'])

export function codeOf(error: unknown): number | undefined {
  return error instanceof MongoServerError && typeof error.code === 'number' ? error.code : undefined
}

export function isDuplicateKey(error: unknown): boolean {
  return codeOf(error) === DUPLICATE_KEY
}

export function isCursorLost(error: unknown): boolean {
  return CURSOR_LOST.has(codeOf(error) ?? -1)
}

export function isSnapshotGone(error: unknown): boolean {
  return SNAPSHOT_GONE.has(codeOf(error) ?? -1)
}

export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailableError) return true
  if (!(error instanceof MongoError)) {
    return error instanceof Error && 'code' in error && CONNECTION_LOST.has(String(error.code))
  }
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoOperationTimeoutError ||
    error instanceof MongoTopologyClosedError ||
    error instanceof MongoClientClosedError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoExpiredSessionError ||
    error.hasErrorLabel(MongoErrorLabel.RetryableWriteError) ||
    error.hasErrorLabel(MongoErrorLabel.ResumableChangeStreamError) ||
    error.hasErrorLabel(MongoErrorLabel.TransientTransactionError) ||
    UNAVAILABLE.has(codeOf(error) ?? -1)
  )
}

/** What a call throws for what the driver threw. Unknown failures stay what they are. */
export function translated(error: unknown): unknown {
  if (isStoreError(error)) return error
  if (!isUnavailable(error)) return error
  return new StoreUnavailableError(`MongoDB does not answer: ${messageOf(error)}`, { cause: error })
}

/** The same while the store is opened, when it can still be the wrong place. */
export function translatedAtOpen(error: unknown): unknown {
  if (isStoreError(error)) return error
  const code = codeOf(error)
  if (code !== undefined && AUTHENTICATION_FAILED.includes(code)) {
    return new StoreUnusableError('MongoDB refuses the user or the password of the store URL', { cause: error })
  }
  if (code === UNAUTHORIZED) {
    return new StoreUnusableError(`the user of the store URL may not do this: ${messageOf(error)}`, { cause: error })
  }
  if (error instanceof MongoCompatibilityError) {
    return new StoreUnusableError(`MongoDB is of a version that cannot be used: ${messageOf(error)}`, { cause: error })
  }
  const result = translated(error)
  if (result !== error) return result
  if (error instanceof MongoServerError) {
    return new StoreUnusableError(`MongoDB refuses to serve the store: ${messageOf(error)}`, { cause: error })
  }
  return error
}

/** For errors of the URL itself. They carry no cause, since the driver repeats the URL in them, password and all. */
export function unusableUrl(error: unknown): StoreUnusableError {
  return new StoreUnusableError(`the store URL is no URL of a MongoDB: ${messageOf(error)}`)
}

function isStoreError(error: unknown): boolean {
  return (
    error instanceof ConflictError ||
    error instanceof CursorExpiredError ||
    error instanceof StoreClosedError ||
    error instanceof StoreUnavailableError ||
    error instanceof StoreUnusableError ||
    error instanceof WatchUnsupportedError
  )
}

/** The message, without the user and password of a URL in it. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\/\/\S*@/g, '//…@')
}
