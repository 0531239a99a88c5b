import { ChatApi, type ChatStream } from '../gen/chatapi/v1/chat_api_pb.js'
import { callsOver } from './calls.ts'
import { isList, iterate, type ListMethod, type ListRequest, list, type QueryRequest } from './lists.ts'
import { type MethodFunctions, methodFunctions, type UnaryCall } from './methods.ts'
import type { CallDefaults, CallOptions } from './options.ts'
import type { Wire } from './wire.ts'

type Methods = typeof ChatApi.method

/** Methods that mean something without a request. */
type Argumentless =
  | 'getAllStreams'
  | 'getGroupStreams'
  | 'getPrivateStreams'
  | 'getStreamsSummary'
  | 'exportStreams'
  | 'watchStreams'
  | 'getServerInfo'
  | 'queryStreams'
  | 'listDuplicates'

/** The calls of the contract, by its names: a plain object in, a message out. */
export interface Calls extends MethodFunctions<Methods, Argumentless> {}

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
  /**
   * Yields the streams of `queryStreams` as `allStreams` does.
   *
   * ```ts
   * for await (const stream of client.streams({ filter: { nameContains: 'mai' }, orderBy: StreamOrder.LAST_ACTIVE_DESC })) {
   *   console.log(stream.displayName)
   * }
   * ```
   */
  streams(request?: QueryRequest, options?: CallOptions): AsyncGenerator<ChatStream, void, undefined>
  /** Ends calls under way and lets the connection go. A later call opens a new one. `using` does the same. */
  close(): void
}

/** A client over any wire. */
export function clientOver(wire: Wire, defaults: CallDefaults): ChatApiClient {
  const calls = callsOver(wire, defaults)
  const unary: UnaryCall = (method, request, options) =>
    isList(method)
      ? list(calls.unary, method, request as ListRequest | QueryRequest, options)
      : calls.unary(method, request, options)
  const iterator = (method: ListMethod) => (request?: ListRequest, options?: CallOptions) =>
    iterate(calls.unary, method, request ?? {}, options)
  const close = () => wire.close()
  return {
    ...methodFunctions<Methods, Argumentless>(ChatApi.method, { ...calls, unary }),
    allStreams: iterator(ChatApi.method.getAllStreams),
    groupStreams: iterator(ChatApi.method.getGroupStreams),
    privateStreams: iterator(ChatApi.method.getPrivateStreams),
    streams: (request = {}, options) => iterate(calls.unary, ChatApi.method.queryStreams, request, options),
    close,
    [Symbol.dispose]: close,
  }
}
