import { Long, ObjectId } from 'mongodb'
import { numberOf } from './bson-values.ts'

export const MICROS_PER_SECOND = 1_000_000

let last = 0

/** Microseconds since the epoch, a new one for each call: streams of one process take the order in which they ask. */
export function nextPosition(): number {
  last = Math.max(last + 1, Date.now() * 1_000)
  return last
}

/**
 * The position of a stored document, the same on every server and for as long as the document lives.
 *
 * Documents of others hold none, and writing one into each of them would be a write to the whole collection of a bot. So
 * their place follows from the `_id`: the second of its creation, and the counter, which rises within that second.
 */
export function positionOf(id: unknown, position: unknown, createTime: number): number {
  if (id instanceof ObjectId) {
    const bytes = Buffer.from(id.id)
    return bytes.readUInt32BE(0) * MICROS_PER_SECOND + (bytes.readUIntBE(9, 3) % MICROS_PER_SECOND)
  }
  const micros = Math.floor(numberOf(position) ?? createTime * MICROS_PER_SECOND)
  return Math.min(Math.max(micros, 0), Number.MAX_SAFE_INTEGER)
}

/** What to store in a document for this position; undefined where it follows from the `_id`. */
export function storedPosition(id: unknown, position: number): Long | undefined {
  return id instanceof ObjectId ? undefined : Long.fromNumber(position)
}
