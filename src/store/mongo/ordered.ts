import { type Document, type Filter, ObjectId } from 'mongodb'
import { comparePlaces, type Place } from '../../domain/place.ts'
import type { StoredStream } from '../store.ts'
import { byCursor, type Documents, type Find, type Query } from './finding.ts'
import type { ReadObserver } from './notices.ts'
import { MICROS_PER_SECOND } from './positions.ts'
import { PLACED_BY_CREATE_TIME, PLACED_BY_ID } from './read-indexes.ts'
import { type Held, held, owned, type Reads } from './reading.ts'

const MAX_SECOND = 2 ** 32 - 1

/** One of the three ways in which documents come by their place; see positions.ts. */
interface Source extends Query {
  /** Rises along the sort; the streams of one bucket are put in order here. */
  bucketOf(stored: StoredStream): number
}

/**
 * Reads the streams behind a place, in the order of `comparePlaces`, in batches that are neither empty nor over `batchSize`.
 * They come straight from indexes: nothing is sorted but what shares a position or a second. Leaving the iteration gives up
 * the cursors.
 *
 * @param filters of which no two match one document
 */
export async function* inOrder(
  filters: readonly Filter<Document>[],
  after: Place | undefined,
  batchSize: number,
  reads: Reads,
  find: Find = byCursor(batchSize, reads),
): AsyncGenerator<StoredStream[]> {
  let batch: Held[] = []
  for await (const run of heldInOrder(filters, after, batchSize, reads, find)) {
    for (const found of run) {
      if (after && comparePlaces(found.stored, after) <= 0) continue
      if (batch.push(found) < batchSize) continue
      const streams = await owned(batch, reads)
      batch = []
      if (streams.length > 0) yield streams
    }
  }
  const streams = await owned(batch, reads)
  if (streams.length > 0) yield streams
}

async function* heldInOrder(
  filters: readonly Filter<Document>[],
  after: Place | undefined,
  runLength: number,
  { observer }: Reads,
  find: Find,
): AsyncGenerator<Held[]> {
  const found = sources(after).flatMap((source) =>
    filters.map((filter) => {
      const documents = find({ filter: { $and: [source.filter, filter] }, sort: source.sort })
      return { source, documents }
    }),
  )
  try {
    yield* merged(found.map(({ source, documents }) => runs(documents, source, runLength, observer)))
  } finally {
    for (const { documents } of found) documents.close()
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

/** What comes from one source in order, a run of about `length` at a time. */
async function* runs(
  documents: Documents,
  source: Source,
  length: number,
  observer: ReadObserver,
): AsyncGenerator<Held[]> {
  let run: Held[] = []
  let bucket: Held[] = []
  let current = 0
  for (let batch = await documents.next(); batch; batch = await documents.next()) {
    for (const document of batch) {
      const found = held(document, observer)
      if (!found) continue
      const next = source.bucketOf(found.stored)
      if (next !== current) {
        for (const one of sorted(bucket)) run.push(one)
        bucket = []
        current = next
        if (run.length >= length) {
          yield run
          run = []
        }
      }
      bucket.push(found)
    }
    if (run.length > 0) yield run
    run = []
  }
  yield sorted(bucket)
}

function sorted(bucket: Held[]): Held[] {
  return bucket.length > 1 ? bucket.sort((a, b) => comparePlaces(a.stored, b.stored)) : bucket
}

/** Puts runs that are each in order, and never empty but at the end, into one order. */
async function* merged(readers: AsyncGenerator<Held[]>[]): AsyncGenerator<Held[]> {
  const heads: Head[] = []
  for (const head of await Promise.all(readers.map(headOf))) if (head) heads.push(head)
  while (heads.length > 0) {
    heads.sort((a, b) => comparePlaces(a.run[a.at]!.stored, b.run[b.at]!.stored))
    const [first, second] = heads as [Head, Head?]
    const start = first.at
    const bound = second && second.run[second.at]!.stored
    do first.at++
    while (first.at < first.run.length && (!bound || comparePlaces(first.run[first.at]!.stored, bound) <= 0))
    yield first.run.slice(start, first.at)
    if (first.at < first.run.length) continue
    const next = await headOf(first.reader)
    if (next) heads[0] = next
    else heads.shift()
  }
}

/** Where one of the readers is. */
interface Head {
  readonly reader: AsyncGenerator<Held[]>
  readonly run: readonly Held[]
  at: number
}

async function headOf(reader: AsyncGenerator<Held[]>): Promise<Head | undefined> {
  for (;;) {
    const { done, value } = await reader.next()
    if (done) return undefined
    if (value.length > 0) return { reader, run: value, at: 0 }
  }
}
