import type { ServiceImpl } from '@connectrpc/connect'
import {
  type ChatApi,
  StreamOrder as OrderMessage,
  QueryStreamsResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { MAX_PAGE_SIZE } from '../domain/limits.ts'
import { BY_POSITION, type StreamOrder } from '../domain/order.ts'
import { formatOrderedPageToken, parseOrderedPageToken } from '../domain/page.ts'
import { encodedMessage } from '../wire/encoded.ts'
import { fromFilter } from '../wire/filter.ts'
import type { RpcContext } from './context.ts'
import { assertComplete, encodeList, TAIL_BYTES } from './list-answer.ts'

type QueryStreams = Pick<ServiceImpl<typeof ChatApi>, 'queryStreams'>

const orders: Readonly<Record<OrderMessage, StreamOrder>> = {
  [OrderMessage.UNSPECIFIED]: BY_POSITION,
  [OrderMessage.POSITION]: BY_POSITION,
  [OrderMessage.LAST_ACTIVE_DESC]: { by: 'lastActiveTime', isDescending: true },
  [OrderMessage.LAST_ACTIVE]: { by: 'lastActiveTime', isDescending: false },
  [OrderMessage.CREATE_TIME_DESC]: { by: 'createTime', isDescending: true },
  [OrderMessage.CREATE_TIME]: { by: 'createTime', isDescending: false },
  [OrderMessage.NAME]: { by: 'name', isDescending: false },
  [OrderMessage.NAME_DESC]: { by: 'name', isDescending: true },
}

/** Streams by a filter, in an order. */
export function queryStreams({ gate, maxMessageBytes }: RpcContext): QueryStreams {
  return {
    async queryStreams(request, call) {
      const filter = fromFilter(request.filter)
      const order = orders[request.orderBy]
      const asked = ['query', filter, order]
      const after = request.pageToken === '' ? undefined : parseOrderedPageToken(asked, request.pageToken)
      const limit = request.pageSize === 0 ? Number.POSITIVE_INFINITY : request.pageSize
      const query = { filter, order, after, limit, maxBytes: maxMessageBytes - TAIL_BYTES }
      const list = await gate.directoryOf(call).reader.query(query, call)
      const most = `${MAX_PAGE_SIZE} streams and ${maxMessageBytes} bytes`
      if (request.pageSize === 0) assertComplete(list, maxMessageBytes, most)
      const nextPageToken = list.next ? formatOrderedPageToken(asked, list.next) : ''
      return encodedMessage(QueryStreamsResponseSchema, encodeList(list, nextPageToken))
    },
  }
}
