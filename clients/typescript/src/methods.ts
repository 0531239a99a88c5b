import type {
  DescMessage,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { CallOptions } from './options.ts'

/** Makes a call with one request and one answer. */
export type UnaryCall = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions | undefined,
) => Promise<MessageShape<O>>

/** Makes a call with one request and any number of answers. */
export type ServerStreamCall = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions | undefined,
) => AsyncIterable<MessageShape<O>>

/** Makes a call with any number of requests and one answer. */
export type ClientStreamCall = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodClientStreaming<I, O>,
  requests: AsyncIterable<MessageInitShape<I>>,
  options: CallOptions | undefined,
) => Promise<MessageShape<O>>

/** How calls are made, by the kind of their method. No method streams both ways, which browsers cannot. */
export interface CallKinds {
  readonly unary: UnaryCall
  readonly serverStream: ServerStreamCall
  readonly clientStream: ClientStreamCall
}

type Methods = DescService['method']

/** A method as a function: plain objects in, messages out. */
type MethodFunction<M extends Methods[string], Argumentless extends boolean> = M['methodKind'] extends 'unary'
  ? (...args: Arguments<M, Argumentless>) => Promise<MessageShape<M['output']>>
  : M['methodKind'] extends 'server_streaming'
    ? (...args: Arguments<M, Argumentless>) => AsyncIterable<MessageShape<M['output']>>
    : M['methodKind'] extends 'client_streaming'
      ? (
          requests: AsyncIterable<MessageInitShape<M['input']>>,
          options?: CallOptions,
        ) => Promise<MessageShape<M['output']>>
      : never

type Arguments<M extends Methods[string], Argumentless extends boolean> = Argumentless extends true
  ? [request?: MessageInitShape<M['input']>, options?: CallOptions]
  : [request: MessageInitShape<M['input']>, options?: CallOptions]

/** The methods of a service as functions; those named in `Argumentless` mean something without a request. */
export type MethodFunctions<M extends Methods, Argumentless extends keyof M = never> = {
  [Name in keyof M]: MethodFunction<M[Name], Name extends Argumentless ? true : false>
}

/** The methods of a service as functions, under their names. */
export function methodFunctions<M extends Methods, Argumentless extends keyof M = never>(
  methods: M,
  calls: CallKinds,
): MethodFunctions<M, Argumentless> {
  const functions = Object.entries(methods).map(([name, method]) => [name, methodFunction(method, calls)])
  return Object.fromEntries(functions) as MethodFunctions<M, Argumentless>
}

function methodFunction(method: Methods[string], { unary, serverStream, clientStream }: CallKinds) {
  switch (method.methodKind) {
    case 'unary':
      return (request = {}, options?: CallOptions) => unary(method as DescMethodUnary, request, options)
    case 'server_streaming':
      return (request = {}, options?: CallOptions) =>
        serverStream(method as DescMethodServerStreaming, request, options)
    case 'client_streaming':
      return (requests: AsyncIterable<MessageInitShape<DescMessage>>, options?: CallOptions) =>
        clientStream(method as DescMethodClientStreaming, requests, options)
    case 'bidi_streaming':
      throw new TypeError(`${method.name} streams both ways, which no ChatApi client does`)
  }
}
