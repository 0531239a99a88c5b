import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { Transport } from '@connectrpc/connect'
import { ChatApi, type ChatStream } from '../gen/chatapi/v1/chat_api_pb.js'
import { unaryCalls } from './calls.ts'
import { isList, iterate, type ListMethod, type ListRequest, list } from './lists.ts'
import type { CallDefaults, CallOptions } from './options.ts'

type Methods = typeof ChatApi.method

/** Methods that mean something without any argument. */
type Argumentless = 'getAllStreams' | 'getGroupStreams' | 'getPrivateStreams' | 'getStreamsSummary'

/** The calls of the contract, by its names: a plain object in, a message out. */
export type Calls = {
  [M in keyof Methods]: (
    ...args: M extends Argumentless
      ? [request?: MessageInitShape<Methods[M]['input']>, options?: CallOptions]
      : [request: MessageInitShape<Methods[M]['input']>, options?: CallOptions]
  ) => Promise<MessageShape<Methods[M]['output']>>
}

/**
 * Asks a ChatApi server. Every call rejects with a `ChatApiError` and nothing else.
 *
 * ```ts
 * const { stream } = await client.getStreamByGroupId({ groupId: '941657197' })
 * console.log(stream?.displayName ?? 'no such group')
 * ```
 *
 * A list without `pageSize` is complete, however long: pages are asked for unseen where one answer cannot hold it.
 */
export interface ChatApiClient extends Calls, Disposable {
  /**
   * Yields the streams of `getAllStreams`, asking for pages on the way (of 1,000, or of `pageSize`).
   *
   * ```ts
   * for await (const stream of client.allStreams({ specialType: SpecialType.ALL_PLATFORMS })) {
   *   console.log(stream.streamId)
   * }
   * ```
   */
  allStreams(request?: ListRequest, options?: CallOptions): AsyncGenerator<ChatStream, void, undefined>
  /** Yields the streams of `getGroupStreams` as `allStreams` does. */
  groupStreams(request?: ListRequest, options?: CallOptions): AsyncGenerator<ChatStream, void, undefined>
  /** Yields the streams of `getPrivateStreams` as `allStreams` does. */
  privateStreams(request?: ListRequest, options?: CallOptions): AsyncGenerator<ChatStream, void, undefined>
  /** Ends calls under way and lets the connection go. A later call opens a new one. `using` does the same. */
  close(): void
}

/** A client over any transport of Connect. */
export function clientOver(transport: Transport, defaults: CallDefaults, close: () => void = () => {}): ChatApiClient {
  const call = unaryCalls(transport, defaults)
  const iterator = (method: ListMethod) => (request?: ListRequest, options?: CallOptions) =>
    iterate(call, method, request ?? {}, options)
  const calls = ChatApi.methods
    .filter((method): method is DescMethodUnary => method.methodKind === 'unary')
    .map((method) => [
      method.localName,
      (request = {}, options?: CallOptions) =>
        isList(method) ? list(call, method, request, options) : call(method, request, options),
    ])
  return {
    ...(Object.fromEntries(calls) as Calls),
    allStreams: iterator(ChatApi.method.getAllStreams),
    groupStreams: iterator(ChatApi.method.getGroupStreams),
    privateStreams: iterator(ChatApi.method.getPrivateStreams),
    close,
    [Symbol.dispose]: close,
  }
}
