import type { Collection } from 'mongodb'
import type { GroupInfo, UserInfo } from '../domain/stream.ts'
import { Fields } from './fields.ts'
import type { MongoCollection } from './mongo-collection.ts'
import { readStream } from './read-stream.ts'
import type { Source, SourceRow } from './source.ts'

/** What a document may hold; any field may be absent, or of another type. */
export interface StreamDocument {
  readonly _id?: unknown
  readonly stream_id?: unknown
  readonly platform?: unknown
  readonly user_info?: unknown
  readonly group_info?: unknown
  readonly create_time?: unknown
  readonly last_active_time?: unknown
}

interface InfoDocument {
  readonly platform?: unknown
  readonly user_id?: unknown
  readonly user_nickname?: unknown
  readonly user_cardname?: unknown
  readonly group_id?: unknown
  readonly group_name?: unknown
}

const STREAM_FIELDS = ['_id', 'stream_id', 'platform', 'user_info', 'group_info', 'create_time', 'last_active_time']
const INFO_FIELDS = {
  user_info: ['platform', 'user_id', 'user_nickname', 'user_cardname'],
  group_info: ['platform', 'group_id', 'group_name'],
}

/** The collection `chat_streams` of MaiBot 0.5.13 to 0.6. */
export function readMaibotMongo(found: MongoCollection): Source {
  return {
    kind: 'MaiBot 0.5.13 to 0.6, MongoDB',
    approximateCount: found.approximateCount,
    rows: () => readDocuments(found.collection),
    isWithin: found.isWithin,
    close: found.close,
  }
}

async function* readDocuments(collection: Collection): AsyncGenerator<SourceRow> {
  // Ids of users and groups go beyond what a double holds.
  const documents = collection.find<StreamDocument>({}, { useBigInt64: true }).sort({ _id: 1 })
  for await (const document of documents) yield readDocument(`document ${document._id}`, document)
}

/** A document, whose integers of 64 bits are bigints. */
export function readDocument(place: string, document: StreamDocument): SourceRow {
  const fields = new Fields()
  leaveOutUnknown('', document, STREAM_FIELDS, fields)
  return readStream(place, document, fields, (platform) => ({
    userInfo: readUser(document.user_info, platform, fields),
    groupInfo: readGroup(document.group_info, platform, fields),
  }))
}

/** A group first seen through a notice has no user. */
function readUser(value: unknown, platform: string, fields: Fields): UserInfo | undefined {
  const user = subdocument('user_info', value, fields)
  const userId = fields.text('user_info.user_id', user?.user_id)
  if (!user) return undefined
  if (!userId) {
    const { user_nickname, user_cardname } = user
    fields.leaveOut(
      { 'user_info.user_nickname': user_nickname, 'user_info.user_cardname': user_cardname },
      'there is no user_info.user_id',
    )
    return undefined
  }
  return {
    platform: fields.text('user_info.platform', user.platform) || platform,
    userId,
    userNickname: fields.text('user_info.user_nickname', user.user_nickname),
    userCardname: fields.text('user_info.user_cardname', user.user_cardname),
  }
}

function readGroup(value: unknown, platform: string, fields: Fields): GroupInfo | undefined {
  const group = subdocument('group_info', value, fields)
  if (!group) return undefined
  return {
    platform: fields.text('group_info.platform', group.platform) || platform,
    groupId: fields.requiredText('group_info.group_id', group.group_id),
    groupName: fields.text('group_info.group_name', group.group_name),
  }
}

function subdocument(name: keyof typeof INFO_FIELDS, value: unknown, fields: Fields): InfoDocument | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'object' && !Array.isArray(value) && !('_bsontype' in value)) {
    leaveOutUnknown(`${name}.`, value, INFO_FIELDS[name], fields)
    return value
  }
  fields.reject(name, 'is not an object')
  return undefined
}

function leaveOutUnknown(prefix: string, value: object, known: readonly string[], fields: Fields): void {
  const unknown = Object.entries(value).filter(([name]) => !known.includes(name))
  if (unknown.length === 0) return
  const values = Object.fromEntries(unknown.map(([name, each]) => [`${prefix}${name}`, each]))
  fields.leaveOut(values, 'what this field says is not known')
}
