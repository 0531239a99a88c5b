import { Code, ConnectError } from '@connectrpc/connect'

/** A server cannot be asked, or does not answer. The message says why, in one line. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
}

/** What a call failed with, in words for who made it; an error of another kind as it is. */
export function remoteFailure(url: string, error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error
  const { code, rawMessage } = error
  const advice =
    code === Code.Unavailable
      ? '; does a server listen there?'
      : code === Code.Unauthenticated
        ? '; set CHATAPI_TOKEN'
        : ''
  return new RemoteError(`${url} answered ${Code[code]}: ${rawMessage}${advice}`, { cause: error })
}
