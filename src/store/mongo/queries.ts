import type { Document } from 'mongodb'
import type { StreamFilter } from '../../domain/filter.ts'
import { MAX_TIME, MIN_TIME } from '../../domain/limits.ts'
import type { StreamType } from '../../domain/stream.ts'
import type { TargetQuery } from '../store.ts'
import { storedForms } from './bson-values.ts'
import { IS_WITHIN_LIMITS } from './limits.ts'
import { MAY_BE } from './read-indexes.ts'

const REDUCED = 'chatapi_reduced'

/** Documents to which this target may lead; a look at the decoded stream tells whether it does. Each has an index. */
export function targetFilters({ target, platform }: TargetQuery): Document[] {
  const ids = { $in: storedForms(target.id) }
  const own = {
    ...(target.kind === 'group'
      ? { 'group_info.group_id': ids }
      : { 'user_info.user_id': ids, 'group_info.group_id': { $in: [null, ''] } }),
    ...(platform !== undefined && { platform: { $in: storedForms(platform) } }),
  }
  return [own, { [target.kind === 'group' ? 'merged_chats.group_id' : 'merged_chats.user_id']: target.id }]
}

/**
 * Documents that may match; a look at the decoded stream tells whether they do. One filter for each type, since each has its
 * indexes; no two match one document.
 */
export function streamFilters({ platforms, types, streamIds }: StreamFilter): Document[] {
  const others = {
    ...(platforms && { platform: { $in: platforms.flatMap(storedForms) } }),
    ...(streamIds && { stream_id: { $in: streamIds } }),
  }
  return types ? [...new Set(types)].map((type) => ({ ...others, ...ofType(type) })) : [others]
}

function ofType(type: StreamType): Document {
  return { ...MAY_BE[type], $expr: { $eq: [STREAM_TYPE, type] } }
}

/** The readable documents by platform and type. */
export function countPipeline(): Document[] {
  return [
    { $match: { $expr: IS_STREAM } },
    { $group: { _id: { platform: '$platform', type: STREAM_TYPE }, count: { $sum: 1 } } },
  ]
}

/** A small document instead of the one in this field: `decode` finds the same stream id in it, or none as well. */
export function reduced(field: string): Document {
  const stream = { stream_id: `$${field}.stream_id`, platform: '', create_time: 0, last_active_time: 0 }
  return { $cond: [inField(field, IS_STREAM), { ...stream, [REDUCED]: true }, {}] }
}

/** Whether a document stands for a larger one, of which it has the stream id alone. */
export function isReduced(document: Document): boolean {
  return document[REDUCED] === true
}

/** Matches a document while it is exactly what was read, whoever else writes. */
export function unchanged(document: Document): Document {
  return { _id: document._id, $expr: { $eq: ['$$ROOT', { $literal: document }] } }
}

const NUMBERS = ['int', 'long', 'double']
const NOTHING = ['missing', 'null', 'undefined']

function isOfType(path: string, types: readonly string[]): Document {
  return { $in: [{ $type: path }, types] }
}

function isNumber(path: string): Document {
  return { $and: [isOfType(path, NUMBERS), { $gt: [path, -Infinity] }, { $lt: [path, Infinity] }] }
}

function isTime(path: string): Document {
  return { $and: [isOfType(path, NUMBERS), { $gte: [path, MIN_TIME] }, { $lte: [path, MAX_TIME] }] }
}

function isText(path: string): Document {
  return { $or: [isOfType(path, ['string']), isNumber(path)] }
}

function isInfo(path: string, id: string): Document {
  const isTextOrNothing = (field: string) => ({ $or: [isOfType(field, NOTHING), isText(field)] })
  const isDocument = {
    $and: [isOfType(path, ['object']), isTextOrNothing(`${path}.platform`), isTextOrNothing(`${path}.${id}`)],
  }
  return { $or: [isOfType(path, NOTHING), isDocument] }
}

function isRecorded(id: string): Document {
  const isOurs = isOfType('$account_id', ['string'])
  return { $and: [{ $not: isOfType(id, NOTHING) }, { $or: [{ $ne: [id, ''] }, isOurs] }] }
}

/** The expression about a field instead of the whole document. Paths begin with one `$`, variables with two. */
function inField(field: string, expression: unknown): unknown {
  if (typeof expression === 'string') return expression.replace(/^\$(?!\$)/, () => `$${field}.`)
  if (Array.isArray(expression)) return expression.map((part) => inField(field, part))
  if (typeof expression !== 'object' || expression === null) return expression
  return Object.fromEntries(Object.entries(expression).map(([key, value]) => [key, inField(field, value)]))
}

/** Whether the document is there though its stream is not. */
const IS_GONE: Document = {
  $or: [
    isOfType('$merged_into', ['string']),
    { $and: [isOfType('$delete_time', NUMBERS), { $lte: ['$last_active_time', '$delete_time'] }] },
  ],
}

/** What `decode` takes for a stream. */
const IS_STREAM: Document = {
  $and: [
    isOfType('$stream_id', ['string']),
    { $ne: ['$stream_id', ''] },
    isText('$platform'),
    isTime('$create_time'),
    isTime('$last_active_time'),
    isInfo('$user_info', 'user_id'),
    isInfo('$group_info', 'group_id'),
    isOfType('$position', [...NUMBERS, ...NOTHING]),
    IS_WITHIN_LIMITS,
    { $not: IS_GONE },
  ],
}

const STREAM_TYPE: Document = {
  $cond: [
    isRecorded('$group_info.group_id'),
    'group',
    { $cond: [isRecorded('$user_info.user_id'), 'private', 'unknown'] },
  ],
}
