import { byRecency, type StreamType, streamType, type Target, targetOf } from '../../domain/stream.ts'
import type { Filter, Place, PlatformCount, StoredStream, TargetQuery } from '../store.ts'
import { textOf } from './bson-values.ts'
import { inOrder } from './ordered.ts'
import { countPipeline, streamFilter, targetFilter } from './queries.ts'
import { driverOptions, owned, owners, type Reads, readHeld } from './reading.ts'

/** Queries for one round trip: the server plans each branch of an `$or`. */
const QUERIES_AT_ONCE = 100

const MAX_BATCH = 1_000

export async function getStreams(streamIds: readonly string[], reads: Reads): Promise<(StoredStream | undefined)[]> {
  if (streamIds.length === 0) return []
  const byId = owners(await readHeld({ stream_id: { $in: [...new Set(streamIds)] } }, reads), reads.observer)
  return streamIds.map((streamId) => byId.get(streamId)?.stored)
}

export async function findTargets(queries: readonly TargetQuery[], reads: Reads): Promise<StoredStream[][]> {
  const answers: StoredStream[][] = []
  for (let i = 0; i < queries.length; i += QUERIES_AT_ONCE) {
    const some = queries.slice(i, i + QUERIES_AT_ONCE)
    const candidates = await readHeld({ $or: some.map(targetFilter) }, reads)
    const byTarget = Map.groupBy(await owned(candidates, reads), ({ stream }) => targetKey(targetOf(stream)))
    for (const { target, platform } of some) {
      const named = byTarget.get(targetKey(target)) ?? []
      const wanted = named.filter(({ stream }) => platform === undefined || stream.platform === platform)
      answers.push(wanted.sort((a, b) => byRecency(a.stream, b.stream)))
    }
  }
  return answers
}

export async function listStreams(
  filter: Filter,
  after: Place | undefined,
  limit: number,
  reads: Reads,
): Promise<StoredStream[]> {
  const listed: StoredStream[] = []
  if (limit < 1) return listed
  for await (const batch of inOrder(streamFilter(filter), after, Math.min(limit, MAX_BATCH), reads)) {
    listed.push(...batch)
    if (listed.length >= limit) break
  }
  return listed.slice(0, limit)
}

export async function countStreams(reads: Reads): Promise<PlatformCount[]> {
  const counts = new Map<string, PlatformCount>()
  const add = (platform: string, type: StreamType, count: number) => {
    const key = `${type} ${platform}`
    counts.set(key, { platform, type, count: count + (counts.get(key)?.count ?? 0) })
  }
  if (reads.unique) {
    const groups = reads.collection.aggregate(countPipeline(), driverOptions(reads))
    for await (const { _id, count } of groups) add(textOf(_id.platform) ?? '', _id.type, Number(count))
  } else {
    for await (const batch of inOrder({}, undefined, MAX_BATCH, reads)) {
      for (const { stream } of batch) add(stream.platform, streamType(stream), 1)
    }
  }
  return [...counts.values()]
}

function targetKey(target: Target | undefined): string {
  return target ? `${target.kind} ${target.id}` : ''
}
