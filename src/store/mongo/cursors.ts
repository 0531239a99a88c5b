import type { Timestamp } from 'mongodb'
import { type Cursor, CursorExpiredError } from '../store.ts'
import { revisionOf, timeOf } from './cluster-time.ts'

/** Where a change stream begins: behind the event of a token, or with the first entry after a time. */
export type Start =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'time'; readonly time: Timestamp }

const FORMAT = /^([0-9a-f]{32})\.(?:token\.([0-9A-Fa-f]{16,2000})|time\.([0-9]{1,20}))$/
const MAX_TIME = 2n ** 64n - 1n

/** The collection is part of a cursor, since a time says nothing about another one. */
export function formatCursor(uuid: string, start: Start): Cursor {
  return start.kind === 'token' ? `${uuid}.token.${start.token}` : `${uuid}.time.${revisionOf(start.time)}`
}

export function parseCursor(cursor: Cursor, uuid: string): Start {
  const [, collection, token, time] = FORMAT.exec(cursor) ?? []
  if (collection === undefined) throw new CursorExpiredError('the cursor is not one of a MongoDB store')
  if (collection !== uuid) throw new CursorExpiredError('the cursor is of another collection than the present one')
  if (token !== undefined) return { kind: 'token', token }
  const value = BigInt(time ?? 0)
  if (value > MAX_TIME) throw new CursorExpiredError('the cursor holds no time')
  return { kind: 'time', time: timeOf(value) }
}

/** The first cluster time after this one. */
export function justAfter(time: Timestamp): Timestamp {
  return timeOf(revisionOf(time) + 1n)
}
