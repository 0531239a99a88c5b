import { Code, ConnectError } from '@connectrpc/connect'
import {
  type ServerDuplexStream,
  type ServerInterceptingCall,
  type ServerInterceptor,
  type StatusObject,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import type { Logger } from 'pino'
import { toConnectError } from '../wire/errors.ts'
import { requestTooLarge } from './answer.ts'
import { statusOf } from './grpc-metadata.ts'
import type { GrpcMethodOptions } from './grpc-method.ts'

type Status = Pick<StatusObject, 'code' | 'details'> & { metadata?: StatusObject['metadata'] | null }

interface StatusSender {
  sendStatus(status: Status): void
}

/**
 * Gives the error details of the contract to the failures that grpc-js finds by itself: messages over the limit, deadlines,
 * compression it cannot read. It sends them through `sendStatus` of its innermost call, and without metadata.
 */
export function explainRuntimeErrors({ log, maxMessageBytes }: GrpcMethodOptions): ServerInterceptor {
  function sendStatus(this: StatusSender, sent: Status): void {
    const original = Object.getPrototypeOf(this) as StatusSender
    const error = sent.code === status.OK || sent.metadata ? undefined : explained(sent, maxMessageBytes)
    original.sendStatus.call(this, error ? statusOf(toConnectError(error, log)) : sent)
  }
  return (_method, call) => {
    // The call stays the innermost one: a wrapped one would cost every call several objects.
    const innermost = call as unknown as StatusSender & ServerInterceptingCall
    innermost.sendStatus = sendStatus
    return innermost
  }
}

function explained({ code, details }: Status, maxMessageBytes: number): Error | undefined {
  if (code === status.RESOURCE_EXHAUSTED) return requestTooLarge(maxMessageBytes)
  if (code !== status.INTERNAL) return new ConnectError(details, code as number as Code)
  // These are the texts of grpc-js for what a client sent wrong, though the code blames the server. Behind any other is
  // an answer that could not be written, because the client is gone.
  const malformed = /^Failed to decompress|^Invalid grpc-timeout/.test(details)
  return malformed ? new ConnectError(details, Code.InvalidArgument) : undefined
}

interface HandlerLookup {
  _retrieveHandler?: (path: string) => object | null
}

/**
 * Answers unknown methods with the details of the contract. grpc-js has no public place for that; should the private one
 * go, such calls still fail with UNIMPLEMENTED, and the test of unknown methods fails too.
 */
export function explainUnknownMethods(server: object, log: Logger): void {
  const lookup = server as HandlerLookup
  const retrieve = lookup._retrieveHandler
  if (retrieve === undefined) return
  lookup._retrieveHandler = (path) => retrieve.call(server, path) ?? unknownMethod(path, log)
}

function unknownMethod(path: string, log: Logger): object {
  // A stream in both directions is answered without waiting for a message.
  const func = (call: ServerDuplexStream<unknown, unknown>, _callback: sendUnaryData<unknown>) => {
    const error = new ConnectError(`the service has no method ${path}`, Code.Unimplemented)
    call.emit('error', statusOf(toConnectError(error, log)))
  }
  return { type: 'bidi', path, func, serialize: Buffer.from, deserialize: Buffer.from }
}
