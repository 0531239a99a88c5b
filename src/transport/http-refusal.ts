import type { UniversalServerResponse } from '@connectrpc/connect/protocol'
import { createAsyncIterable } from '@connectrpc/connect/protocol'
import { errorToJsonBytes } from '@connectrpc/connect/protocol-connect'
import type { Logger } from 'pino'
import { toConnectError } from '../wire/errors.ts'

/** What is no call in any protocol gets the error of a Connect call, which is JSON that people can read, too. */
export function refusal(status: number, error: Error, log: Logger, header?: Headers): UniversalServerResponse {
  const body = errorToJsonBytes(toConnectError(error, log), undefined)
  const headers = new Headers(header)
  headers.set('content-type', 'application/json')
  headers.set('content-length', String(body.byteLength))
  return { status, header: headers, body: createAsyncIterable([body]) }
}
