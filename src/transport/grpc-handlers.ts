import type { DescMethod } from '@bufbuild/protobuf'
import type { ServerDuplexStream, ServerReadableStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js'
import { decodeBinary } from '../wire/decode.ts'
import type {
  AnyInit,
  AnyMessage,
  BidiHandler,
  ClientStreamHandler,
  ServerStreamHandler,
  UnaryHandler,
} from '../wire/service-binding.ts'
import { type GrpcCall, GrpcContext, reasonOf } from './grpc-context.ts'
import type { GrpcMethod, Respond } from './grpc-method.ts'
import { sendStream } from './grpc-stream.ts'

export function unary(shared: GrpcMethod, handler: UnaryHandler) {
  return (call: ServerUnaryCall<Buffer, Buffer>, respond: Respond): void => {
    const context = new GrpcContext(shared.method, call)
    try {
      const answer = handler(decodeBinary(shared.method.input, call.request), context)
      // Most handlers answer from memory; what is at hand needs no turn of the event loop.
      if (answer instanceof Promise) void settle(shared, answer, context, call, respond)
      else shared.answer(answer, context, call, respond)
    } catch (error) {
      shared.fail(error, context, call, respond)
    }
  }
}

export function clientStream(shared: GrpcMethod, handler: ClientStreamHandler) {
  return (call: ServerReadableStream<Buffer, Buffer>, respond: Respond): void => {
    const context = new GrpcContext(shared.method, call)
    const pending = (async () => handler(requestsOf(shared.method, call), context))()
    void settle(shared, pending, context, call, respond)
  }
}

export function serverStream(shared: GrpcMethod, handler: ServerStreamHandler) {
  return (call: ServerWritableStream<Buffer, Buffer>): void => {
    const context = new GrpcContext(shared.method, call)
    void sendStream(shared, call, context, () => handler(decodeBinary(shared.method.input, call.request), context))
  }
}

export function bidi(shared: GrpcMethod, handler: BidiHandler) {
  return (call: ServerDuplexStream<Buffer, Buffer>): void => {
    const context = new GrpcContext(shared.method, call)
    void sendStream(shared, call, context, () => handler(requestsOf(shared.method, call), context))
  }
}

async function settle(
  shared: GrpcMethod,
  pending: Promise<AnyInit>,
  context: GrpcContext,
  call: GrpcCall,
  respond: Respond,
): Promise<void> {
  // What comes after the call was ended, grpc-js drops.
  const end = (error: unknown) => shared.fail(error, context, call, respond)
  shared.inFlight.calls.add(end)
  try {
    shared.answer(await pending, context, call, respond)
  } catch (error) {
    shared.fail(error, context, call, respond)
  } finally {
    shared.inFlight.calls.delete(end)
  }
}

async function* requestsOf(
  method: DescMethod,
  call: ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
): AsyncGenerator<AnyMessage> {
  try {
    // Destroying the stream when a handler has read enough would take away the way to answer.
    for await (const bytes of call.iterator({ destroyOnReturn: false })) {
      yield decodeBinary(method.input, bytes as Buffer)
    }
  } catch (error) {
    throw call.cancelled ? reasonOf(call) : error
  }
}
