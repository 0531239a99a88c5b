import {
  StreamOrder as OrderMessage,
  type QueryStreamsResponse,
  QueryStreamsResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { StreamFilter } from '../domain/filter.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import type { StreamOrder } from '../domain/order.ts'
import type { Stream } from '../domain/stream.ts'
import { fromMessage } from '../wire/convert.ts'
import { toFilterMessage } from '../wire/filter.ts'
import type { Answering } from './connect.ts'
import { type Json, jsonOf } from './json.ts'
import { answered } from './remote-error.ts'

export interface QueryRequest {
  readonly filter: StreamFilter
  readonly order: StreamOrder
  /** At most so many streams; infinite for all that match. */
  readonly limit: number
}

export interface QueryPage {
  readonly streams: readonly Stream[]
  /** How many streams match in all. */
  readonly total: number
  readonly revision: string
  /** The same for programs: a `QueryStreamsResponse`. */
  json(): Json
}

const messages: Readonly<Record<StreamOrder['by'], readonly [ascending: OrderMessage, descending: OrderMessage]>> = {
  position: [OrderMessage.POSITION, OrderMessage.POSITION],
  lastActiveTime: [OrderMessage.LAST_ACTIVE, OrderMessage.LAST_ACTIVE_DESC],
  createTime: [OrderMessage.CREATE_TIME, OrderMessage.CREATE_TIME_DESC],
  name: [OrderMessage.NAME, OrderMessage.NAME_DESC],
}

/** The streams that match, page by page; at least one page. */
export async function* queryPages(
  { client, url }: Answering,
  { filter, order, limit }: QueryRequest,
  signal: AbortSignal,
): AsyncGenerator<QueryPage, void, undefined> {
  const orderBy = messages[order.by][order.isDescending ? 1 : 0]
  let pageToken = ''
  let left = limit
  do {
    const pageSize = Math.min(left, MAX_BATCH)
    const request = { filter: toFilterMessage(filter), orderBy, pageSize, pageToken }
    const page: QueryStreamsResponse = await answered(url, () => client.queryStreams(request, { signal }), signal)
    yield {
      streams: page.streams.map(fromMessage),
      total: page.totalSize,
      revision: page.revision,
      json: () => jsonOf(QueryStreamsResponseSchema, page),
    }
    pageToken = page.nextPageToken
    left -= page.streams.length
  } while (pageToken !== '' && left > 0)
}
