import { type Document, Double } from 'mongodb'
import { MAX_TIME, MIN_TIME } from '../../domain/limits.ts'
import type { FormerChat, GroupInfo, Stream, UserInfo } from '../../domain/stream.ts'
import type { StoredStream } from '../store.ts'
import { numberOf, sameBytes, textOf } from './bson-values.ts'
import { type LabelPair, overLimit } from './limits.ts'
import { positionOf, storedPosition } from './positions.ts'

/** Why a document is not a stream. */
export class Fault {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** A document whose stream is gone, though the document is there: see `buried`. */
export class Gone {
  /** The stream that the document would hold. */
  readonly stored: StoredStream
  /** Into which stream it was merged; undefined where it was deleted. */
  readonly mergedInto: string | undefined
  readonly deleteTime: number
  constructor(stored: StoredStream, mergedInto: string | undefined, deleteTime: number) {
    this.stored = stored
    this.mergedInto = mergedInto
    this.deleteTime = deleteTime
  }
}

/** Reads a document of the bot's shape, whoever wrote it. queries.ts says the same in MongoDB's words. */
export function decode(document: Document): StoredStream | Gone | Fault {
  const stored = decodeStream(document)
  if (stored instanceof Fault) return stored
  const { merged_into: mergedInto, delete_time: deleteTime } = document
  const time = numberOf(deleteTime)
  if (typeof mergedInto === 'string') return new Gone(stored, mergedInto, time ?? 0)
  // What happened in the chat after its deletion brings it back, also where the bot wrote that.
  return time !== undefined && stored.stream.lastActiveTime <= time ? new Gone(stored, undefined, time) : stored
}

function decodeStream(document: Document): StoredStream | Fault {
  const { stream_id: streamId, position } = document
  if (typeof streamId !== 'string' || streamId === '') return new Fault('stream_id is not a text')
  const platform = textOf(document.platform)
  if (platform === undefined) return new Fault('platform is neither text nor a number')
  const createTime = timeOf(document.create_time)
  if (createTime === undefined) return new Fault('create_time is not a time in seconds')
  const lastActiveTime = timeOf(document.last_active_time)
  if (lastActiveTime === undefined) return new Fault('last_active_time is not a time in seconds')
  const user = decodeInfo(document, 'user_info', 'user_id', platform)
  if (user instanceof Fault) return user
  const group = decodeInfo(document, 'group_info', 'group_id', platform)
  if (group instanceof Fault) return group
  if (position !== undefined && position !== null && numberOf(position) === undefined) {
    return new Fault('position is not a number')
  }
  const labels = labelPairs(document.labels)
  const aliasIds = Array.isArray(document.alias_ids) ? document.alias_ids.filter((id) => typeof id === 'string') : []
  const mergedChats = formerChats(document.merged_chats)
  const over = overLimit(document, labels, aliasIds)
  if (over !== undefined) return new Fault(over)
  const stream: Stream = {
    streamId,
    platform,
    accountId: textOf(document.account_id) ?? '',
    scope: textOf(document.scope) ?? '',
    ...(user && { userInfo: decodeUser(user) }),
    ...(group && { groupInfo: decodeGroup(group) }),
    createTime,
    lastActiveTime,
    labels: Object.fromEntries(labels.map(({ key, value }) => [key, value])),
    aliasIds,
    ...(typeof document.custom_name === 'string' && document.custom_name && { customName: document.custom_name }),
    ...(mergedChats && { mergedChats }),
  }
  return { position: positionOf(document._id, position, createTime), streamId, stream }
}

/**
 * The document that holds `stream` at `position` from now on. What `before` holds beside the stream stays, and so does the
 * BSON type of all that does not change: the bot goes on reading and writing the same document.
 */
export function encode(stream: Stream, position: number, before?: Document): Document {
  const old = before ?? { _id: stream.streamId }
  const document: Document = {
    ...old,
    stream_id: stream.streamId,
    platform: kept(old.platform, stream.platform),
    user_info: encodeUser(old.user_info, stream.userInfo),
    group_info: encodeGroup(old.group_info, stream.groupInfo),
    create_time: keptTime(old.create_time, stream.createTime),
    last_active_time: keptTime(old.last_active_time, stream.lastActiveTime),
    account_id: stream.accountId,
    scope: stream.scope,
    labels: Object.entries(stream.labels).map(([key, value]) => ({ key, value })),
    alias_ids: stream.aliasIds,
    position: storedPosition(old._id, position),
  }
  if (document.position === undefined) delete document.position
  if (stream.customName) document.custom_name = stream.customName
  else delete document.custom_name
  if (stream.mergedChats) document.merged_chats = stream.mergedChats.map(encodeFormerChat)
  else delete document.merged_chats
  // The chat was deleted, and the bot saw it again.
  delete document.delete_time
  // MongoDB logs no replacement by equal bytes, and what is not logged has neither a revision nor an event.
  if (before && sameBytes(before, document)) document.rewrites = (numberOf(before.rewrites) ?? 0) + 1
  return document
}

/**
 * The document of a stream that is gone. It stays, since a bot that has the chat in memory would write it again, and then as a
 * chat that nobody deleted or merged; this one it only writes over, and the mark stays. What was said of the chat and in it
 * goes, but for what identifies it, without which the bot could not read its document.
 */
export function buried(before: Document, mark: { merged_into: string } | { delete_time: Double }): Document {
  const { custom_name: _, ...document } = before
  const stored = decodeStream(before)
  const isGroup = !(stored instanceof Fault) && stored.stream.groupInfo !== undefined
  Object.assign(document, {
    user_info: isGroup ? null : withoutNames(before.user_info),
    group_info: withoutNames(before.group_info),
    labels: [],
    ...mark,
  })
  if (!('merged_into' in mark)) return document
  delete document.merged_chats
  return { ...document, alias_ids: [] }
}

interface Info {
  readonly id: string
  readonly platform: string
  readonly fields: Document
}

/** Undefined where none is recorded. */
function decodeInfo(
  document: Document,
  field: string,
  idField: string,
  streamPlatform: string,
): Info | undefined | Fault {
  const fields = document[field]
  if (fields === null || fields === undefined) return undefined
  if (!isPlainDocument(fields)) return new Fault(`${field} is not a document`)
  const rawPlatform = fields.platform ?? streamPlatform
  const platform = textOf(rawPlatform)
  if (platform === undefined) return new Fault(`${field}.platform is neither text nor a number`)
  const rawId = fields[idField]
  if (rawId === null || rawId === undefined) return undefined
  const id = textOf(rawId)
  if (id === undefined) return new Fault(`${field}.${idField} is neither text nor a number`)
  // To the bot an empty id is none. A document with an account is ours, and we tell the two apart.
  if (id === '' && typeof document.account_id !== 'string') return undefined
  return { id, platform, fields }
}

function decodeUser({ id, platform, fields }: Info): UserInfo {
  const userNickname = textOf(fields.user_nickname)
  const userCardname = textOf(fields.user_cardname)
  return {
    platform,
    userId: id,
    ...(userNickname !== undefined && { userNickname }),
    ...(userCardname !== undefined && { userCardname }),
  }
}

function decodeGroup({ id, platform, fields }: Info): GroupInfo {
  const groupName = textOf(fields.group_name)
  return { platform, groupId: id, ...(groupName !== undefined && { groupName }) }
}

/** Undefined where there are none. Those that are not whole are left out. */
function formerChats(value: unknown): FormerChat[] | undefined {
  if (!Array.isArray(value)) return undefined
  const chats = value.flatMap((entry) => {
    const {
      stream_id: streamId,
      platform,
      account_id: accountId,
      scope,
      group_id: groupId,
      user_id: userId,
    } = entry ?? {}
    if ([streamId, platform, accountId, scope].some((text) => typeof text !== 'string')) return []
    const isGroup = typeof groupId === 'string'
    return [
      { streamId, platform, accountId, scope, ...(isGroup ? { groupId } : typeof userId === 'string' && { userId }) },
    ]
  })
  return chats.length > 0 ? chats : undefined
}

function encodeFormerChat({ streamId, platform, accountId, scope, groupId, userId }: FormerChat): Document {
  const target = groupId === undefined ? userId !== undefined && { user_id: userId } : { group_id: groupId }
  return { stream_id: streamId, platform, account_id: accountId, scope, ...target }
}

function withoutNames(info: unknown): unknown {
  if (!isPlainDocument(info)) return info
  const { user_nickname: _, user_cardname: __, group_name: ___, ...rest } = info
  return rest
}

/** Pairs, since a field of a document can be named neither `$ref` nor anything with a NUL without harm. */
function labelPairs(labels: unknown): LabelPair[] {
  if (!Array.isArray(labels)) return []
  return labels.filter((label) => typeof label?.key === 'string' && typeof label.value === 'string')
}

function encodeUser(before: unknown, user: UserInfo | undefined): Document | null {
  if (!user) return null
  const old = isPlainDocument(before) ? before : {}
  return named(old, {
    platform: kept(old.platform, user.platform),
    user_id: kept(old.user_id, user.userId),
    user_nickname: keptName(old.user_nickname, user.userNickname),
    user_cardname: keptName(old.user_cardname, user.userCardname),
  })
}

function encodeGroup(before: unknown, group: GroupInfo | undefined): Document | null {
  if (!group) return null
  const old = isPlainDocument(before) ? before : {}
  return named(old, {
    platform: kept(old.platform, group.platform),
    group_id: kept(old.group_id, group.groupId),
    group_name: keptName(old.group_name, group.groupName),
  })
}

/** The bot leaves out the names that it does not know. */
function named(old: Document, fields: Document): Document {
  return Object.fromEntries(Object.entries({ ...old, ...fields }).filter(([, value]) => value !== undefined))
}

function kept(old: unknown, text: string): unknown {
  return textOf(old) === text ? old : text
}

function keptName(old: unknown, name: string | undefined): unknown {
  return name === undefined ? (old === null ? null : undefined) : kept(old, name)
}

/** The bot's own times are doubles; a number without a fraction would otherwise become an int. */
function keptTime(old: unknown, time: number): unknown {
  return numberOf(old) === time && typeof old !== 'number' ? old : new Double(time)
}

function timeOf(value: unknown): number | undefined {
  const time = numberOf(value)
  return time !== undefined && time >= MIN_TIME && time <= MAX_TIME ? time : undefined
}

function isPlainDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
