import { Code, ConnectError } from '@connectrpc/connect'
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'

interface RemoteErrorOptions extends ErrorOptions {
  readonly reason?: string | undefined
  readonly isUnavailable?: boolean
}

/** A server cannot be asked, or does not answer. The message says why, in one line. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  /** An `ErrorReason` of the contract without its prefix, such as `STREAM_NOT_FOUND`, where the answer had one. */
  readonly reason: string | undefined
  /** Whether asking again later may help. */
  readonly isUnavailable: boolean
  constructor(message: string, { reason, isUnavailable = false, ...options }: RemoteErrorOptions = {}) {
    super(message, options)
    this.reason = reason
    this.isUnavailable = isUnavailable
  }
}

/** What a call failed with, in words for who made it; an error of another kind as it is. */
export function remoteFailure(url: string, error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error
  const { code, rawMessage } = error
  const [info] = error.findDetails(ErrorInfoSchema)
  const reason = info?.reason.replace(/^ERROR_REASON_/, '')
  // A connection that breaks off ends the calls on it as though they had been cancelled.
  const isLost = code === Code.Canceled && reason === undefined
  const isUnavailable = code === Code.Unavailable || isLost
  if (isLost) return new RemoteError(`the connection to ${url} was lost`, { cause: error, isUnavailable })
  const advice =
    isUnavailable && !reason
      ? '; does a server listen there?'
      : code === Code.Unauthenticated
        ? '; set CHATAPI_TOKEN'
        : ''
  return new RemoteError(`${url} answered ${Code[code]}: ${rawMessage}${advice}`, {
    cause: error,
    reason,
    isUnavailable,
  })
}

/** What a call answers; throws `RemoteError` where it fails, and the reason of the signal where that ended it. */
export async function answered<T>(url: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await call()
  } catch (error) {
    signal?.throwIfAborted()
    throw remoteFailure(url, error)
  }
}

/** The same for the messages of a stream. */
export async function* answeredEach<T>(
  url: string,
  messages: AsyncIterable<T>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* messages
  } catch (error) {
    signal?.throwIfAborted()
    throw remoteFailure(url, error)
  }
}
