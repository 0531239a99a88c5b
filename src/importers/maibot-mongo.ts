import type { Collection } from 'mongodb'
import type { GroupInfo, UserInfo } from '../domain/stream.ts'
import { Fields } from './fields.ts'
import type { MongoCollection } from './mongo-collection.ts'
import { readStream } from './read-stream.ts'
import type { Source, SourceRow } from './source.ts'

/** What a document may hold; any field may be absent, or of another type. */
interface StreamDocument {
  readonly _id: unknown
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
  const projection = { stream_id: 1, platform: 1, user_info: 1, group_info: 1, create_time: 1, last_active_time: 1 }
  // Ids of users and groups go beyond what a double holds.
  const documents = collection.find<StreamDocument>({}, { projection, useBigInt64: true }).sort({ _id: 1 })
  for await (const document of documents) {
    yield readDocument(document)
  }
}

function readDocument(document: StreamDocument): SourceRow {
  const fields = new Fields()
  return readStream(`document ${document._id}`, document, fields, (platform) => ({
    userInfo: readUser(document.user_info, platform, fields),
    groupInfo: readGroup(document.group_info, platform, fields),
  }))
}

/** A group first seen through a notice has no user. */
function readUser(value: unknown, platform: string, fields: Fields): UserInfo | undefined {
  const user = subdocument('user_info', value, fields)
  const userId = fields.text('user_info.user_id', user?.user_id)
  if (!user || !userId) return undefined
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

function subdocument(name: string, value: unknown, fields: Fields): InfoDocument | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'object' && !Array.isArray(value) && !('_bsontype' in value)) return value
  fields.reject(name, 'is not an object')
  return undefined
}
