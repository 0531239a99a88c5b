import { sortedName } from './names.ts'
import { comparePlaces, type Place } from './place.ts'
import type { Stream } from './stream.ts'

/** An order of streams. Those with the same key come in the order of places, so every order is total. */
export interface StreamOrder {
  readonly by: 'position' | 'lastActiveTime' | 'createTime' | 'name'
  readonly isDescending: boolean
}

export type SortKey = number | string

/** A place in an order. */
export interface OrderedPlace extends Place {
  readonly key: SortKey
}

export const BY_POSITION: StreamOrder = Object.freeze({ by: 'position', isDescending: false })

/** The key of a stream in an order. */
export function sortKey({ by }: StreamOrder, stream: Stream, position: number): SortKey {
  switch (by) {
    case 'position':
      return position
    case 'name':
      return sortedName(stream)
    default:
      return stream[by]
  }
}

export function compareInOrder({ isDescending }: StreamOrder, a: OrderedPlace, b: OrderedPlace): number {
  if (a.key === b.key) return comparePlaces(a, b)
  return a.key < b.key === isDescending ? 1 : -1
}
