import { type Document, type Filter, type FindCursor, ObjectId } from 'mongodb'
import { comparePlaces, type Place } from '../../domain/place.ts'
import type { StoredStream } from '../store.ts'
import type { ReadObserver } from './notices.ts'
import { MICROS_PER_SECOND } from './positions.ts'
import { PLACED_BY_CREATE_TIME, PLACED_BY_ID } from './read-indexes.ts'
import { driverOptions, type Held, held, owned, type Reads } from './reading.ts'

const MAX_SECOND = 2 ** 32 - 1

/** One of the three ways in which documents come by their place; see positions.ts. */
interface Source {
  readonly filter: Filter<Document>
  readonly sort: Document
  /** Rises along the sort; the streams of one bucket are put in order here. */
  bucketOf(stored: StoredStream): number
}

/**
 * Reads the streams behind a place, in the order of `comparePlaces`, in batches that are not empty. They come straight from
 * indexes: nothing is sorted but what shares a position or a second. Leaving the iteration gives up the cursors.
 *
 * @param filters of which no two match one document
 */
export async function* inOrder(
  filters: readonly Filter<Document>[],
  after: Place | undefined,
  batchSize: number,
  reads: Reads,
): AsyncGenerator<StoredStream[]> {
  let batch: Held[] = []
  for await (const found of heldInOrder(filters, after, batchSize, reads)) {
    if (batch.push(found) < batchSize) continue
    const streams = await owned(batch, reads)
    batch = []
    if (streams.length > 0) yield streams
  }
  const streams = await owned(batch, reads)
  if (streams.length > 0) yield streams
}

async function* heldInOrder(
  filters: readonly Filter<Document>[],
  after: Place | undefined,
  batchSize: number,
  reads: Reads,
): AsyncGenerator<Held> {
  const cursors: FindCursor<Document>[] = []
  const readers = sources(after).flatMap((source) =>
    filters.map((filter) => {
      const cursor = reads.collection
        .find({ $and: [source.filter, filter] }, { ...driverOptions(reads), batchSize })
        .sort(source.sort as Record<string, 1>)
      cursors.push(cursor)
      return bucketed(cursor, source, reads.observer)
    }),
  )
  try {
    for await (const found of merged(readers)) {
      if (!after || comparePlaces(found.stored, after) > 0) yield found
    }
  } finally {
    // Not awaited: on a lost server the driver waits for another one to tell it of a cursor that is gone.
    for (const cursor of cursors) cursor.close().catch(() => {})
  }
}

function sources(after: Place | undefined): Source[] {
  const from = after?.position ?? 0
  const second = Math.min(Math.floor(from / MICROS_PER_SECOND), MAX_SECOND)
  return [
    {
      filter: { position: { $gte: after ? from : -Infinity }, _id: { $not: { $type: 'objectId' } } },
      sort: { position: 1 },
      bucketOf: ({ position }) => position,
    },
    {
      filter: { _id: { ...PLACED_BY_ID._id, $gte: ObjectId.createFromTime(second) } },
      sort: { _id: 1 },
      bucketOf: ({ position }) => Math.floor(position / MICROS_PER_SECOND),
    },
    {
      filter: { ...(PLACED_BY_CREATE_TIME as object), ...(from > 0 && { create_time: { $gte: earliestAt(from) } }) },
      sort: { create_time: 1 },
      bucketOf: ({ position }) => position,
    },
  ]
}

/** No document of an earlier time has this position; see `positionOf`, whose product may be rounded up. */
function earliestAt(position: number): number {
  return (position - 1) / MICROS_PER_SECOND
}

async function* bucketed(cursor: FindCursor<Document>, source: Source, observer: ReadObserver): AsyncGenerator<Held> {
  let bucket: Held[] = []
  let current = 0
  for await (const document of cursor) {
    const found = held(document, observer)
    if (!found) continue
    const next = source.bucketOf(found.stored)
    if (next !== current && bucket.length > 0) {
      yield* sorted(bucket)
      bucket = []
    }
    current = next
    bucket.push(found)
  }
  yield* sorted(bucket)
}

function sorted(bucket: Held[]): Held[] {
  return bucket.length > 1 ? bucket.sort((a, b) => comparePlaces(a.stored, b.stored)) : bucket
}

async function* merged(readers: AsyncGenerator<Held>[]): AsyncGenerator<Held> {
  const heads = await Promise.all(readers.map((reader) => reader.next()))
  for (;;) {
    let first = -1
    for (const [i, { done, value }] of heads.entries()) {
      if (!done && (first < 0 || comparePlaces(value.stored, heads[first]!.value.stored) < 0)) first = i
    }
    if (first < 0) return
    yield heads[first]!.value
    heads[first] = await readers[first]!.next()
  }
}
