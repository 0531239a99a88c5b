import { createServer } from 'node:net'
import type { DescMethod } from '@bufbuild/protobuf'
import { type MethodDefinition, Server, ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js'
import type { Logger } from 'pino'
import {
  type AnyHandler,
  type BidiHandler,
  type ClientStreamHandler,
  handlerOf,
  type ServerStreamHandler,
  type ServiceBinding,
  type UnaryHandler,
} from '../wire/service-binding.ts'
import { Connections } from './connections.ts'
import { bidi, clientStream, serverStream, unary } from './grpc-handlers.ts'
import { type GrpcInFlight, GrpcMethod, type GrpcMethodOptions } from './grpc-method.ts'
import { explainRuntimeErrors, explainUnknownMethods } from './grpc-runtime-errors.ts'
import { FLUSH_MS, InFlight, shuttingDown } from './in-flight.ts'
import { type Listener, listenOn } from './listener.ts'
import { UnsentAnswers } from './unsent.ts'

export interface GrpcServerOptions {
  readonly services: readonly ServiceBinding[]
  readonly log: Logger
  /** The largest request read and the largest answer sent, in bytes. */
  readonly maxMessageBytes: number
  /** How long a new connection may take to say that it speaks HTTP/2. Default: 10 s. */
  readonly prefaceTimeoutMs?: number
}

const DEFAULT_PREFACE_TIMEOUT_MS = 10_000
/** A connection whose client answers no ping is gone, or stalled, and what waits for it is released. */
const KEEPALIVE_TIME_MS = 60_000
const KEEPALIVE_TIMEOUT_MS = 20_000
/** More calls of one connection wait in the client. */
const MAX_CONCURRENT_STREAMS = 128

/** Serves gRPC over HTTP/2 without TLS. */
export function createGrpcServer(options: GrpcServerOptions): Listener {
  const { log, maxMessageBytes, prefaceTimeoutMs = DEFAULT_PREFACE_TIMEOUT_MS } = options
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    // Answers are measured before they get here, where the error can say more.
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': MAX_CONCURRENT_STREAMS,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.enable_channelz': 0,
    interceptors: [explainRuntimeErrors(options)],
  })
  explainUnknownMethods(server, log)
  const inFlight = { calls: new InFlight(), streams: new InFlight(), unsent: new UnsentAnswers() }
  for (const binding of options.services) register(server, binding, options, inFlight)

  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const connections = new Connections(prefaceTimeoutMs)
  const listener = createServer({ noDelay: true }, (socket) => {
    connections.add(socket, (protocol) => {
      if (protocol === 'http2') injector.injectConnection(socket)
      else socket.destroy()
    })
  })
  const closed = new Promise<void>((resolve) => listener.once('close', resolve))

  return {
    listen: (host, port) => listenOn(listener, host, port),
    async drain(deadlineMs) {
      if (!listener.listening) return
      listener.close()
      connections.destroySilent()
      injector.drain(deadlineMs + FLUSH_MS)
      // Who watches the health shall see that it ends before the watch does.
      await new Promise(setImmediate)
      inFlight.streams.endAll(shuttingDown())
      const endTimer = setTimeout(() => inFlight.calls.endAll(shuttingDown()), deadlineMs)
      // The injector ends its sessions then, which waits for clients to read what was sent to them.
      const destroyTimer = setTimeout(() => connections.destroyAll(), deadlineMs + FLUSH_MS)
      await closed
      clearTimeout(endTimer)
      clearTimeout(destroyTimer)
    },
    async close() {
      if (!listener.listening && connections.size === 0) return
      listener.close()
      connections.destroyAll()
      await closed
    },
  }
}

function register(server: Server, binding: ServiceBinding, options: GrpcMethodOptions, inFlight: GrpcInFlight): void {
  const definitions: Record<string, MethodDefinition<Buffer, Buffer>> = {}
  const handlers: Record<string, UntypedHandleCall> = {}
  for (const method of binding.service.methods) {
    const handler = handlerOf(binding, method)
    if (handler === undefined) continue
    definitions[method.localName] = definitionOf(method)
    handlers[method.localName] = adapt(new GrpcMethod(method, options, inFlight), handler)
  }
  if (Object.keys(handlers).length > 0) server.addService(definitions, handlers)
}

function adapt(shared: GrpcMethod, handler: AnyHandler): UntypedHandleCall {
  switch (shared.method.methodKind) {
    case 'unary':
      return unary(shared, handler as UnaryHandler)
    case 'server_streaming':
      return serverStream(shared, handler as ServerStreamHandler)
    case 'client_streaming':
      return clientStream(shared, handler as ClientStreamHandler)
    case 'bidi_streaming':
      return bidi(shared, handler as BidiHandler)
  }
}

/**
 * Messages pass grpc-js as bytes: decoding here gives a malformed request the error of the contract, where grpc-js would
 * call it INTERNAL.
 */
function definitionOf(method: DescMethod): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  }
}

function identity(bytes: Buffer): Buffer {
  return bytes
}
