import type { Document } from 'mongodb'
import {
  type Filterable,
  filterable,
  isByPlatformAndType,
  predicateOf,
  type StreamFilter,
} from '../../domain/filter.ts'
import { isLedTo, isNamed, type Target, targetsOf } from '../../domain/identity.ts'
import { comparePlaces, type Place } from '../../domain/place.ts'
import { type PlatformCount, PlatformCounts } from '../../domain/platform-counts.ts'
import { byRecency, type StreamType, streamType } from '../../domain/stream.ts'
import { chatsOf, type Tombstone, tombstoneOf } from '../../domain/tombstone.ts'
import type { StoredStream, TargetQuery } from '../store.ts'
import { textOf } from './bson-values.ts'
import { decode, Gone } from './documents.ts'
import { inOrder } from './ordered.ts'
import { countPipeline, streamFilters, targetFilters } from './queries.ts'
import { driverOptions, owned, owners, type Reads, readHeld } from './reading.ts'

/** Queries for one round trip: the server plans each branch of an `$or`. */
const QUERIES_AT_ONCE = 100

const MAX_BATCH = 1_000

/** Finds nothing, which takes no look at a stream: for what the answer says beside. */
export async function readNothing({ collection, ...reads }: Reads): Promise<void> {
  await collection.findOne({ _id: '' as never }, driverOptions(reads))
}

export async function getStreams(streamIds: readonly string[], reads: Reads): Promise<(StoredStream | undefined)[]> {
  if (streamIds.length === 0) return []
  const ids = [...new Set(streamIds)]
  // The index leaves out documents without an id, so a query for an empty one would look through all documents.
  const stream_id = { $in: ids.filter((id) => id !== '') }
  const candidates = await readHeld({ $or: [{ stream_id }, { alias_ids: { $in: ids } }] }, reads)
  const byId = owners(candidates, reads.observer)
  const byAlias = ids.every((id) => byId.has(id)) ? undefined : aliasesOf(await owned(candidates, reads))
  return streamIds.map((streamId) => byId.get(streamId)?.stored ?? byAlias?.get(streamId))
}

/** Where aliases lead: of several streams, to the first in the order of lists. */
function aliasesOf(streams: StoredStream[]): Map<string, StoredStream> {
  const byAlias = new Map<string, StoredStream>()
  for (const stored of streams.sort(comparePlaces)) {
    for (const aliasId of stored.stream.aliasIds) if (!byAlias.has(aliasId)) byAlias.set(aliasId, stored)
  }
  return byAlias
}

export async function findTargets(queries: readonly TargetQuery[], reads: Reads): Promise<StoredStream[][]> {
  const answers: StoredStream[][] = []
  for (let i = 0; i < queries.length; i += QUERIES_AT_ONCE) {
    const some = queries.slice(i, i + QUERIES_AT_ONCE)
    const streams = await owned(await readHeld({ $or: some.flatMap(targetFilters) }, reads), reads)
    const byTarget = new Map<string, StoredStream[]>()
    for (const stored of streams) {
      for (const target of targetsOf(stored.stream)) {
        const key = targetKey(target)
        byTarget.set(key, [...(byTarget.get(key) ?? []), stored])
      }
    }
    for (const { target, platform } of some) {
      const named = byTarget.get(targetKey(target)) ?? []
      const wanted = named.filter(({ stream }) => isLedTo(stream, target, platform))
      answers.push(wanted.sort((a, b) => byRecency(a.stream, b.stream)))
    }
  }
  return answers
}

export async function findTombstones(
  streamIds: readonly string[],
  queries: readonly TargetQuery[],
  reads: Reads,
): Promise<Tombstone[]> {
  const ids = [...new Set(streamIds)]
  const found = new Map<string, Tombstone>()
  const add = (tombstones: readonly Tombstone[], isMeant: (tombstone: Tombstone) => boolean) => {
    for (const tombstone of tombstones) if (isMeant(tombstone)) found.set(tombstone.streamId, tombstone)
  }
  if (ids.length > 0) {
    const isAsked = new Set(ids)
    add(await readTombstones({ $or: [{ stream_id: { $in: ids } }, { alias_ids: { $in: ids } }] }, reads), (tombstone) =>
      [tombstone.streamId, ...tombstone.aliasIds].some((id) => isAsked.has(id)),
    )
  }
  for (let i = 0; i < queries.length; i += QUERIES_AT_ONCE) {
    const some = queries.slice(i, i + QUERIES_AT_ONCE)
    add(await readTombstones({ $or: some.flatMap(targetFilters) }, reads), (tombstone) =>
      chatsOf(tombstone).some((chat) => some.some(({ target, platform }) => isNamed(chat, target, platform))),
    )
  }
  return [...found.values()]
}

/** What is remembered of deleted streams in the documents that match. */
export async function readTombstones(filter: Document, reads: Reads): Promise<Tombstone[]> {
  const documents = await reads.collection
    .find({ $and: [{ delete_time: { $gte: Number.NEGATIVE_INFINITY } }, filter] }, driverOptions(reads))
    .toArray()
  return documents.flatMap((document) => {
    const gone = decode(document)
    const isDeleted = gone instanceof Gone && gone.mergedInto === undefined
    return isDeleted ? [tombstoneOf(gone.stored.stream, gone.deleteTime)] : []
  })
}

export async function listStreams(
  filter: StreamFilter,
  after: Place | undefined,
  limit: number,
  reads: Reads,
): Promise<StoredStream[]> {
  const listed: StoredStream[] = []
  if (limit < 1) return listed
  for await (const batch of matching(filter, after, Math.min(limit, MAX_BATCH), reads)) {
    listed.push(...batch)
    if (listed.length >= limit) break
  }
  return listed.slice(0, limit)
}

export async function countStreams(filter: StreamFilter, reads: Reads): Promise<PlatformCount[]> {
  const counts = new PlatformCounts()
  if (reads.unique && isByPlatformAndType(filter)) {
    const isMatch = predicateOf(filter)
    const groups = reads.collection.aggregate(countPipeline(), driverOptions(reads))
    for await (const { _id, count } of groups) {
      const [platform, type] = [textOf(_id.platform) ?? '', _id.type as StreamType]
      if (isMatch({ platform, type } as Filterable)) counts.add(platform, type, Number(count))
    }
  } else {
    for await (const batch of matching(filter, undefined, MAX_BATCH, reads)) {
      for (const { stream } of batch) counts.add(stream.platform, streamType(stream), 1)
    }
  }
  return counts.all()
}

async function* matching(
  filter: StreamFilter,
  after: Place | undefined,
  batchSize: number,
  reads: Reads,
): AsyncGenerator<StoredStream[]> {
  const isMatch = predicateOf(filter)
  for await (const batch of inOrder(streamFilters(filter), after, batchSize, reads)) {
    yield batch.filter(({ stream }) => isMatch(filterable(stream)))
  }
}

function targetKey({ kind, id }: Target): string {
  return `${kind} ${id}`
}
