import type { Document, IndexDescription } from 'mongodb'
import type { StreamType } from '../../domain/stream.ts'

/** Ids that the type of a stream follows from: what `decode` takes for text, and what it may take for none. */
const AN_ID = { $type: ['string', 'int', 'long', 'double'] }
const NO_ID = { $in: [null, ''] }

/**
 * Documents that may be of a type, in words that a partial index can be made of; `''` is an id in our documents and none in
 * those of the bot. MongoDB uses a partial index where the query repeats its words.
 */
export const MAY_BE: Readonly<Record<StreamType, Document>> = {
  group: { 'group_info.group_id': AN_ID },
  private: { 'group_info.group_id': NO_ID, 'user_info.user_id': AN_ID },
  unknown: { 'group_info.group_id': NO_ID, 'user_info.user_id': NO_ID },
}

/** Documents that have their place from their `_id`. */
export const PLACED_BY_ID = { _id: { $type: 'objectId' } } as const

/** Documents that have their place from their `create_time`: neither ours nor the bot's, and few. */
export const PLACED_BY_CREATE_TIME = {
  position: null,
  _id: { $type: ['double', 'string', 'object', 'binData', 'bool', 'date', 'int', 'timestamp', 'long', 'decimal'] },
}

/** Documents that hold their place. */
const PLACED_BY_POSITION = { position: { $gte: Number.NEGATIVE_INFINITY } }

/**
 * What reads need beside the indexes that every store has, where they come to the store call by call. With these a page takes
 * no more than its streams, be it of a platform, of a type or of both. A document stands in three or four of them, and is moved
 * in them by nothing that the bot writes when somebody speaks.
 */
export const READ_INDEXES: readonly IndexDescription[] = [
  // The bot notes in a group who spoke last: without the groups, a user's private chats are found among nothing else.
  partial('private_user', { 'user_info.user_id': 1, platform: 1 }, { 'group_info.group_id': NO_ID }),
  partial('create_time', { create_time: 1 }, PLACED_BY_CREATE_TIME),
  ...listIndexes('position', { position: 1 }, PLACED_BY_POSITION),
  // An index on `_id` alone cannot be partial.
  ...listIndexes('id', { _id: 1, platform: 1 }, PLACED_BY_ID),
]

function listIndexes(name: string, order: Record<string, 1>, documents: Document): IndexDescription[] {
  const ofPlatform = { platform: 1 as const, ...order }
  return [
    partial(`platform_${name}`, ofPlatform, documents),
    ...Object.entries(MAY_BE).flatMap(([type, ofType]) => [
      partial(`${type}_${name}`, order, { ...documents, ...ofType }),
      partial(`platform_${type}_${name}`, ofPlatform, { ...documents, ...ofType }),
    ]),
  ]
}

function partial(name: string, key: Record<string, 1>, partialFilterExpression: Document): IndexDescription {
  return { key, name: `chatapi_reads_${name}`, partialFilterExpression }
}
