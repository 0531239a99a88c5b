import type { ChatStream, StreamOrder, StreamType } from '../../gen/chatapi/v1/chat_api_pb.js'
import type { Copy, Held } from './copy.ts'
import { type Filter, isListed, predicateOf } from './filter.ts'
import { compareIn, isByPosition, type Place, placeOf } from './order.ts'
import { type Asked, formatPageToken, parsePageToken } from './page-token.ts'
import type { StreamList } from './stream-list.ts'

/** Streams on one page, as the contract has it. */
const MAX_PAGE_SIZE = 10_000

export type ListName = 'GetAllStreams' | 'GetGroupStreams' | 'GetPrivateStreams'

interface PageRequest {
  readonly pageSize?: number
  readonly pageToken?: string
}

interface Page {
  readonly streams: ChatStream[]
  readonly nextPageToken: string
  readonly totalSize: number
}

/** A list, or a page of it. Whole lists are never too large here. */
export function listPage(
  method: ListName,
  copy: Copy,
  platform: string | undefined,
  type: StreamType | undefined,
  request: PageRequest,
): Page {
  const after = startOf(method, asText([method, platform]), request)
  return pageOf(copy.list(platform, type), after, asText([method, platform]), request)
}

/** The streams that match, in an order, or a page of them. */
export function queryPage(copy: Copy, asked: Filter, order: StreamOrder, request: PageRequest): Page {
  const filter = byOwnIds(copy, asked)
  const label = asText(['QueryStreams', asked, isByPosition(order) ? 'position' : order])
  const after = startOf('QueryStreams', label, request)
  const [platform, type] = [filter.platforms?.[0], filter.types?.[0]]
  if (isByPosition(order) && isListed(filter)) return pageOf(copy.list(platform, type), after, label, request)
  const places = matching(copy, filter).map((held) => ({ held, ...placeOf(order, held) }))
  const compare = compareIn(order)
  places.sort(compare)
  const start = after ? places.findIndex((place) => compare(place, after) > 0) : 0
  const rest = start === -1 ? [] : places.slice(start)
  const page = rest.slice(0, limitOf(request))
  return {
    streams: page.map(({ held }) => held.stream),
    nextPageToken: page.length < rest.length ? formatPageToken(label, page.at(-1)!) : '',
    totalSize: places.length,
  }
}

function pageOf(list: StreamList, after: Place | undefined, asked: Asked, request: PageRequest): Page {
  const limit = limitOf(request)
  if (!after && limit >= list.length) return { streams: list.streams(), nextPageToken: '', totalSize: list.length }
  let start = after ? list.search(after) : 0
  if (after && start < list.length && list.at(start).streamId === after.streamId) start += 1
  const end = Math.min(start + limit, list.length)
  const page = Array.from({ length: end - start }, (_, index) => list.at(start + index))
  const last = page.at(-1)
  const nextPageToken = last && end < list.length ? formatPageToken(asked, { key: last.position, ...last }) : ''
  return { streams: page.map(({ stream }) => stream), nextPageToken, totalSize: list.length }
}

function limitOf({ pageSize = 0 }: PageRequest): number {
  return pageSize === 0 ? Number.POSITIVE_INFINITY : Math.min(pageSize, MAX_PAGE_SIZE)
}

function startOf(method: string, asked: Asked, { pageToken = '' }: PageRequest): Place | undefined {
  return pageToken === '' ? undefined : parsePageToken(method, asked, pageToken)
}

/** The streams that a filter matches, in no order. */
function matching(copy: Copy, filter: Filter): Held[] {
  const isMatch = predicateOf(filter)
  const suspects = filter.streamIds?.length
    ? new Set(filter.streamIds.map((streamId) => copy.held(streamId)).filter((held) => held !== undefined))
    : copy.values()
  const found: Held[] = []
  for (const held of suspects) if (!isMatch || isMatch(held.stream)) found.push(held)
  return found
}

/** The same filter with the streams' own ids in the place of aliases. An id that leads nowhere still asks for something. */
function byOwnIds(copy: Copy, filter: Filter): Filter {
  const own = (streamIds: readonly string[] | undefined) =>
    (streamIds ?? []).map((streamId) => copy.get(streamId)?.streamId ?? streamId)
  return { ...filter, streamIds: own(filter.streamIds), excludeStreamIds: own(filter.excludeStreamIds) }
}

/** Equal questions are equal as text. */
function asText(asked: readonly unknown[]): Asked {
  return JSON.stringify(asked, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}
