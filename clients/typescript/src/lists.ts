import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import {
  ChatApi,
  type ChatStream,
  ErrorReason,
  type GetAllStreamsResponse,
  type GetGroupStreamsResponse,
  type GetPrivateStreamsResponse,
  type QueryStreamsResponse,
  type SpecialType,
} from '../gen/chatapi/v1/chat_api_pb.js'
import { ChatApiError } from './errors.ts'
import type { UnaryCall } from './methods.ts'
import type { CallOptions } from './options.ts'

const { getAllStreams, getGroupStreams, getPrivateStreams, queryStreams } = ChatApi.method

export type ListMethod = typeof getAllStreams | typeof getGroupStreams | typeof getPrivateStreams | typeof queryStreams

/** What streams are asked for; `QueryStreamsRequest` explains each. */
export type QueryRequest = MessageInitShape<(typeof queryStreams)['input']>

/** What a list is asked for; `GetAllStreamsRequest` explains each. */
export interface ListRequest {
  readonly platform?: string | undefined
  readonly specialType?: SpecialType
  readonly pageSize?: number
  readonly pageToken?: string
  readonly atLeastRevision?: string
}

type ListResponse = GetAllStreamsResponse | GetGroupStreamsResponse | GetPrivateStreamsResponse | QueryStreamsResponse
/** In what pages are about, lists and queries have requests and responses of one shape, and TypeScript does not see that through their descriptors. */
type AnyList = DescMethodUnary<(typeof getAllStreams)['input'], (typeof getAllStreams)['output']>

/** Some 200 kB of ordinary streams: soon there, and few round trips for a long list. */
const PAGE_SIZE = 1_000

const LISTS: ReadonlySet<DescMethodUnary> = new Set([getAllStreams, getGroupStreams, getPrivateStreams, queryStreams])

export function isList(method: DescMethodUnary): method is ListMethod {
  return LISTS.has(method)
}

/**
 * Answers a list. One without a page size is complete whatever its length: in one answer where it fits, else page by
 * page. What is written meanwhile may then be in it or not.
 */
export async function list<M extends ListMethod>(
  call: UnaryCall,
  method: M,
  request: ListRequest | QueryRequest,
  options: CallOptions | undefined,
): Promise<MessageShape<M['output']>> {
  const listMethod = method as AnyList
  try {
    return (await call(listMethod, request as ListRequest, options)) as ListResponse as MessageShape<M['output']>
  } catch (error) {
    const isTooLarge = error instanceof ChatApiError && error.reason === ErrorReason.LIST_TOO_LARGE
    if (!isTooLarge || request.pageSize) throw error
  }
  const streams: ChatStream[] = []
  let page: ListResponse
  let pageToken = request.pageToken ?? ''
  do {
    page = await call(listMethod, { ...(request as ListRequest), pageSize: PAGE_SIZE, pageToken }, options)
    for (const stream of page.streams) streams.push(stream)
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  page.streams = streams
  return page as MessageShape<M['output']>
}

/** Yields the streams of a list, asking for a page when the one before is used up. */
export async function* iterate(
  call: UnaryCall,
  method: ListMethod,
  request: ListRequest | QueryRequest,
  options: CallOptions | undefined,
): AsyncGenerator<ChatStream, void, undefined> {
  let pageToken = request.pageToken ?? ''
  do {
    const pageRequest = { ...(request as ListRequest), pageSize: request.pageSize || PAGE_SIZE, pageToken }
    const page = await call(method as AnyList, pageRequest, options)
    yield* page.streams
    pageToken = page.nextPageToken
  } while (pageToken !== '')
}
