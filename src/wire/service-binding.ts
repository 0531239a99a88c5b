import type { DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import type { Access } from '../domain/access.ts'

/** A service and what answers it. Every listener serves the same bindings. */
export interface ServiceBinding<Desc extends DescService = DescService> extends Checks {
  readonly service: Desc
  readonly implementation: Partial<ServiceImpl<Desc>>
}

/** A call of which only the head is there. */
export interface CallHead extends HandlerContext {
  /** A field of the head, by its name in lower case; undefined where it is absent. Costs less than `requestHeader`. */
  field(name: string): string | undefined
  /** The address of the client, without its port. */
  readonly peerAddress: string
  /** The subject alternative names of the client's certificate, where it has one that was verified. */
  readonly certificateNames: readonly string[]
  /** What the client calls its request, or the server where it does not say: it is in the answer, and in the log. */
  readonly requestId: string
  /** Calls back once, when the call is over. */
  whenOver(tell: () => void): void
}

/** What stands before the handlers of a service, for its methods of every kind, so that no handler can forget it. */
export interface Checks {
  /** Who may call each method, by its local name. Default: `admin`. */
  readonly access?: Readonly<Record<string, Access>>
  /**
   * Called with the head of each request, before its body is read. Throws where the call may not go on; a promise that it
   * returns is waited for.
   */
  readonly gate?: ((head: CallHead) => void | Promise<void>) | undefined
  /**
   * Throws where a message of a request breaks a rule that concerns it alone. One that is valid stays so, whoever sends it
   * and when, and may not be asked about again.
   */
  readonly validate?: (message: AnyMessage, method: DescMethod) => void
  /**
   * Called with each message of a request. Throws where the handler must not see it; a promise that it returns is waited
   * for.
   */
  readonly check?: (message: AnyMessage, context: HandlerContext) => void | Promise<void>
}

/** Keeps the types of one binding together before it joins a list of them. */
export function bind<Desc extends DescService>(
  service: Desc,
  implementation: Partial<ServiceImpl<Desc>>,
  checks: Checks = {},
): ServiceBinding {
  return { service, implementation, ...checks } as unknown as ServiceBinding
}

/** Who may call each method of a service. */
export type AccessOf<Desc extends DescService> = Readonly<Record<keyof Desc['method'], Access>>

export type AnyMessage = MessageShape<DescMethod['output']>
export type AnyInit = MessageInitShape<DescMethod['output']>

/** The handlers of the four kinds of methods, without the types of their messages. */
export type UnaryHandler = (request: AnyMessage, context: HandlerContext) => Promise<AnyInit> | AnyInit
export type ServerStreamHandler = (request: AnyMessage, context: HandlerContext) => AsyncIterable<AnyInit>
export type ClientStreamHandler = (
  requests: AsyncIterable<AnyMessage>,
  context: HandlerContext,
) => Promise<AnyInit> | AnyInit
export type BidiHandler = (requests: AsyncIterable<AnyMessage>, context: HandlerContext) => AsyncIterable<AnyInit>
export type AnyHandler = UnaryHandler | ServerStreamHandler | ClientStreamHandler | BidiHandler

export function handlerOf(binding: ServiceBinding, method: DescMethod): AnyHandler | undefined {
  const implementation = binding.implementation as Record<string, AnyHandler | undefined>
  return implementation[method.localName]?.bind(implementation)
}
