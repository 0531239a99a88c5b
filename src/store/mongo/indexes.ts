import type { Collection, IndexDescription, IndexDescriptionInfo } from 'mongodb'
import { CANNOT_CREATE_INDEX, codeOf, isDuplicateKey, UNAUTHORIZED } from './errors.ts'
import type { Notices } from './notices.ts'
import { READ_INDEXES } from './read-indexes.ts'

const LOOKUPS: readonly IndexDescription[] = [
  { key: { 'group_info.group_id': 1, platform: 1 }, name: 'chatapi_group' },
  { key: { 'user_info.user_id': 1, platform: 1 }, name: 'chatapi_user' },
  { key: { position: 1 }, name: 'chatapi_position' },
  { key: { alias_ids: 1 }, name: 'chatapi_alias', sparse: true },
  { key: { 'merged_chats.group_id': 1 }, name: 'chatapi_merged_group', sparse: true },
  { key: { 'merged_chats.user_id': 1 }, name: 'chatapi_merged_user', sparse: true },
  { key: { delete_time: 1 }, name: 'chatapi_delete_time', sparse: true },
]

/** Partial, so that documents without a stream id, which are no streams, do not collide over having none. */
const UNIQUE: IndexDescription = {
  key: { stream_id: 1 },
  name: 'chatapi_stream_id',
  unique: true,
  partialFilterExpression: { stream_id: { $gt: '' } },
}

const NOT_UNIQUE: IndexDescription = { key: { stream_id: 1 }, name: 'chatapi_stream_id_lookup' }

/** How many of the duplicate ids a warning names. */
const DUPLICATES_TOLD = 10

/**
 * Creates the indexes that are missing. Returns whether no two documents can have one stream id, which a collection with
 * duplicates cannot promise.
 */
export async function ensureIndexes(collection: Collection, notices: Notices): Promise<boolean> {
  const present = await collection.indexes()
  const missing = missingOf(LOOKUPS, present)
  if (present.some(isUnique)) {
    await create(collection, notices, missing)
    return true
  }
  try {
    return await create(collection, notices, [UNIQUE, ...missing])
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
  const ids = await duplicates(collection)
  notices.warn(
    `stream ids are not unique, so the oldest document of an id is the stream and reads look for others: ${ids.join(', ')}`,
  )
  await create(collection, notices, [NOT_UNIQUE, ...missing])
  return false
}

/** The fields of the indexes that are missing, and the ids that more than one document has. */
export async function indexProblems(
  collection: Collection,
  servesReads: boolean,
): Promise<{ missing: string[]; duplicateIds: string[] }> {
  const present = await collection.indexes()
  const missing = missingOf([...LOOKUPS, ...(servesReads ? READ_INDEXES : [])], present)
  const idsAreUnique = present.some(isUnique)
  return {
    missing: [...(idsAreUnique ? [] : [UNIQUE]), ...missing].map(({ name }) => name!),
    duplicateIds: idsAreUnique ? [] : await duplicates(collection),
  }
}

/** Creates those indexes that are missing without which reads that come to the store are slow. */
export async function ensureReadIndexes(collection: Collection, notices: Notices): Promise<void> {
  await create(collection, notices, missingOf(READ_INDEXES, await collection.indexes()))
}

function missingOf(wanted: readonly IndexDescription[], present: readonly IndexDescriptionInfo[]): IndexDescription[] {
  const isSame = (a: IndexDescriptionInfo, b: IndexDescription) =>
    sameJson([a.key, a.partialFilterExpression], [b.key, b.partialFilterExpression])
  return wanted.filter((index) => !present.some((other) => isSame(other, index)))
}

/** Whether the index holds for all that can be a stream id. The bot makes one, unless its user may not. */
function isUnique({ key, unique, partialFilterExpression }: IndexDescriptionInfo): boolean {
  const covers = !partialFilterExpression || sameJson(partialFilterExpression, UNIQUE.partialFilterExpression)
  return unique === true && covers && Object.keys(key).join() === 'stream_id'
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

async function create(collection: Collection, notices: Notices, indexes: IndexDescription[]): Promise<boolean> {
  if (indexes.length === 0) return true
  try {
    await collection.createIndexes(indexes)
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code !== UNAUTHORIZED && code !== CANNOT_CREATE_INDEX) throw error
    const names = new Set(indexes.map(({ key }) => Object.keys(key).join('+')))
    notices.warn(`the indexes on ${[...names].join(', ')} could not be made, so reads may be slow: ${String(error)}`)
    return false
  }
}

async function duplicates(collection: Collection): Promise<string[]> {
  const groups = await collection
    .aggregate([
      { $match: { stream_id: { $gt: '' } } },
      { $group: { _id: '$stream_id', count: { $sum: 1 } } },
      { $match: { count: { $gt: 1 } } },
      { $sort: { _id: 1 } },
      { $limit: DUPLICATES_TOLD },
    ])
    .toArray()
  return groups.map(({ _id }) => JSON.stringify(_id))
}
