import { type ChatStream, StreamOrder } from '../../gen/chatapi/v1/chat_api_pb.js'
import { compareText, secondsOf } from './chats.ts'
import type { Held } from './copy.ts'
import { sortedName } from './names.ts'

export type SortKey = number | string

/** A place in an order. */
export interface Place {
  readonly key: SortKey
  readonly position: number
  readonly streamId: string
}

const KEYS: Readonly<Record<StreamOrder, (stream: ChatStream, position: number) => SortKey>> = {
  [StreamOrder.UNSPECIFIED]: (_, position) => position,
  [StreamOrder.POSITION]: (_, position) => position,
  [StreamOrder.LAST_ACTIVE]: ({ lastActiveTime }) => secondsOf(lastActiveTime),
  [StreamOrder.LAST_ACTIVE_DESC]: ({ lastActiveTime }) => secondsOf(lastActiveTime),
  [StreamOrder.CREATE_TIME]: ({ createTime }) => secondsOf(createTime),
  [StreamOrder.CREATE_TIME_DESC]: ({ createTime }) => secondsOf(createTime),
  [StreamOrder.NAME]: sortedName,
  [StreamOrder.NAME_DESC]: sortedName,
}

const DESCENDING: ReadonlySet<StreamOrder> = new Set([
  StreamOrder.LAST_ACTIVE_DESC,
  StreamOrder.CREATE_TIME_DESC,
  StreamOrder.NAME_DESC,
])

export function isByPosition(order: StreamOrder): boolean {
  return order === StreamOrder.UNSPECIFIED || order === StreamOrder.POSITION
}

export function placeOf(order: StreamOrder, { stream, position }: Held): Place {
  return { key: KEYS[order](stream, position), position, streamId: stream.streamId }
}

/** Streams that are alike come in the order of position, so every order is total. */
export function compareIn(order: StreamOrder): (a: Place, b: Place) => number {
  const isDescending = DESCENDING.has(order)
  return (a, b) => {
    if (a.key === b.key) return a.position - b.position || compareText(a.streamId, b.streamId)
    return a.key < b.key === isDescending ? 1 : -1
  }
}
