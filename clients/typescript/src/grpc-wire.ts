import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { Metadata, type StatusObject, status } from '@grpc/grpc-js'
import { StatusSchema } from '../gen/google/rpc/status_pb.js'
import { onAbort } from './cancellation.ts'
import { errorCode } from './codes.ts'
import { type GrpcCall, GrpcChannel, type GrpcOptions } from './grpc-channel.ts'
import { faultText, platformCodeOf } from './grpc-faults.ts'
import { type Wire, type WireCall, WireError } from './wire.ts'

/** What happens to a call; `ended` comes last, once. */
interface Receiver {
  received(message: Uint8Array): void
  /** With the error, or without one. */
  ended(error: WireError | undefined): void
}

/** A wire of gRPC, by grpc-js. It is called by its channel: a call through its clients costs a fifth more. */
export function grpcWire(baseUrl: string, options: GrpcOptions): Wire {
  const channel = new GrpcChannel(baseUrl, options)
  const metadataOf = lastMetadata()

  function start(method: DescMethod, { headers, timeoutMs, signal }: WireCall, receiver: Receiver): GrpcCall {
    const metadata = metadataOf(headers)
    const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs
    const call = channel.call(`/${method.parent.typeName}/${method.name}`, deadline)
    let ignoreAbort = () => {}
    call.start(metadata, {
      onReceiveMetadata() {},
      onReceiveMessage: (message: Uint8Array) => receiver.received(message),
      onReceiveStatus(end) {
        ignoreAbort()
        channel.ended(call)
        receiver.ended(end.code === status.OK ? undefined : wireError(end))
      },
    })
    ignoreAbort = onAbort(signal, () => call.cancelWithStatus(status.CANCELLED, 'the signal was aborted'))
    return call
  }

  /** Begins a call with one answer. */
  function one<O extends DescMessage>(method: DescMethod & { output: O }, wireCall: WireCall) {
    const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>()
    let bytes: Uint8Array | undefined
    const call = start(method, wireCall, {
      received(message) {
        if (bytes) call.cancelWithStatus(status.INTERNAL, 'the answer has more than one message')
        bytes = message
        call.startRead()
      },
      ended(error) {
        if (error) return reject(error)
        if (!bytes) return reject(new WireError('the answer has no message', { code: 'INTERNAL' }))
        try {
          resolve(decoded(method, bytes))
        } catch (undecodable) {
          reject(undecodable)
        }
      },
    })
    call.startRead()
    return { call, answer: promise }
  }

  return {
    unary(method, request, wireCall) {
      const bytes = encoded(method, request)
      const { call, answer } = one(method, wireCall)
      call.sendMessageWithContext({}, bytes)
      call.halfClose()
      return answer
    },

    async *serverStream(method, request, wireCall) {
      const bytes = encoded(method, request)
      // A message is asked for when it is wanted, so at most one waits here, and what ends the call behind it.
      let message: Uint8Array | undefined
      let end: { readonly error: WireError | undefined } | undefined
      let wake = () => {}
      const call = start(method, wireCall, {
        received(bytes) {
          message = bytes
          wake()
        },
        ended(error) {
          end = { error }
          wake()
        },
      })
      call.sendMessageWithContext({}, bytes)
      call.halfClose()
      try {
        for (;;) {
          call.startRead()
          while (!message && !end) {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
          if (!message) {
            if (end?.error) throw end.error
            return
          }
          const next = decoded(method, message)
          message = undefined
          yield next
        }
      } finally {
        call.cancelWithStatus(status.CANCELLED, 'nobody reads on')
      }
    },

    clientStream(method, requests, wireCall) {
      const { call, answer } = one(method, wireCall)
      const { promise, reject } = Promise.withResolvers<never>()
      let isOver = false
      answer
        .catch(() => {})
        .finally(() => {
          isOver = true
        })
      async function send(): Promise<void> {
        for await (const request of requests) {
          if (isOver) return
          await written(call, encoded(method, request))
        }
        call.halfClose()
      }
      send().catch((cause) => {
        call.cancelWithStatus(status.CANCELLED, 'the requests failed')
        reject(
          cause instanceof WireError
            ? cause
            : new WireError(`the requests failed: ${cause}`, { code: 'CANCELLED', cause }),
        )
      })
      return Promise.race([promise, answer])
    },

    close: () => channel.close(),
  }
}

/** Resolves when a message went as far as flow control lets it. What fails then is told by the status of the call. */
function written(call: GrpcCall, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => call.sendMessageWithContext({ callback: () => resolve() }, bytes))
}

function encoded<I extends DescMessage>(
  { input, name }: DescMethod & { input: I },
  request: MessageInitShape<I>,
): Buffer {
  try {
    const { buffer, byteOffset, byteLength } = toBinary(input, create(input, request))
    return Buffer.from(buffer, byteOffset, byteLength)
  } catch (cause) {
    throw new WireError(`the request of ${name} cannot be encoded: ${cause}`, { code: 'INVALID_ARGUMENT', cause })
  }
}

function decoded<O extends DescMessage>(
  { output, name }: DescMethod & { output: O },
  bytes: Uint8Array,
): MessageShape<O> {
  try {
    return fromBinary(output, bytes)
  } catch (cause) {
    throw new WireError(`the answer of ${name} cannot be decoded: ${cause}`, { code: 'INTERNAL', cause })
  }
}

/** Makes metadata of headers, and keeps the last: nearly all calls of a client have the same. Calls copy it. */
function lastMetadata(): (headers: Readonly<Record<string, string>>) => Metadata {
  let lastHeaders: Readonly<Record<string, string>> | undefined
  let last = new Metadata()
  return (headers) => {
    if (headers === lastHeaders) return last
    const metadata = new Metadata()
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
    lastHeaders = headers
    last = metadata
    return metadata
  }
}

function wireError({ code, details: text, metadata }: StatusObject): WireError {
  const [bytes] = metadata.get('grpc-status-details-bin')
  if (bytes instanceof Uint8Array) {
    try {
      const { message, details } = fromBinary(StatusSchema, bytes)
      return new WireError(message || text, {
        code: errorCode(code),
        details: details.map(({ typeUrl, value }) => ({
          typeName: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
          value,
        })),
      })
    } catch {
      // Not of this contract: what the status says remains.
    }
  }
  return new WireError(faultText(text), { code: errorCode(code), platformCode: platformCodeFor(code, text) })
}

/** By which grpc-js tells of connections that broke or never were. */
const CONNECTION_CODES: ReadonlySet<status> = new Set([status.CANCELLED, status.INTERNAL, status.UNAVAILABLE])

/** A server's own words are no failure of the connection, whatever they are. */
function platformCodeFor(code: status, text: string): string | undefined {
  return CONNECTION_CODES.has(code) ? platformCodeOf(text) : undefined
}
