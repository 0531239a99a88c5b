import { type Collection, MongoClient, type MongoClientOptions, MongoError } from 'mongodb'
import { maskUrl, mongoDatabase, type StoreLocation } from '../config/store-url.ts'
import type { GroupInfo, UserInfo } from '../domain/stream.ts'
import { Fields } from './fields.ts'
import { readStream } from './read-stream.ts'
import { type Source, SourceError, type SourceRow } from './source.ts'

/** What the bot calls them. */
const DEFAULT_DATABASE = 'MegBot'
const COLLECTION = 'chat_streams'

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

/** How long to look for a server, where the URL does not say. */
const SELECTION_TIMEOUT_MS = 5_000

/** The collection `chat_streams` of MaiBot 0.5.13 to 0.6. */
export async function readMaibotMongo(url: string, signal?: AbortSignal): Promise<Source> {
  const client = await connect(url, signal)
  try {
    const database = client.db(mongoDatabase(url) ?? DEFAULT_DATABASE)
    const uuid = await collectionUuid(client, database.databaseName)
    if (uuid === undefined) {
      throw new SourceError(
        `the database ${database.databaseName} of ${maskUrl(url)} has no collection ${COLLECTION}; expected mongodb://HOST/DATABASE of a bot`,
      )
    }
    const collection = database.collection<StreamDocument>(COLLECTION)
    return {
      kind: 'MaiBot 0.5.13 to 0.6, MongoDB',
      approximateCount: await collection.estimatedDocumentCount(),
      rows: () => readDocuments(collection),
      isWithin: async (target) => (await targetUuid(target)) === uuid,
      close: () => client.close(),
    }
  } catch (error) {
    await client.close()
    throw explain(url, error)
  }
}

async function connect(url: string, signal?: AbortSignal): Promise<MongoClient> {
  const options: MongoClientOptions = { appName: 'chatapi-import', useBigInt64: true }
  if (!/[?&]serverSelectionTimeoutMS=/i.test(url)) options.serverSelectionTimeoutMS = SELECTION_TIMEOUT_MS
  let client: MongoClient | undefined
  const aborted = Promise.withResolvers<never>()
  const abandon = () => aborted.reject(signal?.reason)
  signal?.addEventListener('abort', abandon)
  try {
    client = new MongoClient(url, options)
    return await Promise.race([client.connect(), aborted.promise])
  } catch (error) {
    const closing = client?.close()
    // A client amid its first words to a server may take as long to close as to connect.
    if (signal?.aborted) closing?.catch(() => {})
    else await closing
    signal?.throwIfAborted()
    throw explain(url, error)
  } finally {
    signal?.removeEventListener('abort', abandon)
  }
}

/** What tells one collection from all others, whatever URL leads to it; undefined where there is none. */
async function collectionUuid(client: MongoClient, databaseName: string): Promise<string | undefined> {
  const [info] = await client.db(databaseName).listCollections({ name: COLLECTION }).toArray()
  if (!info) return undefined
  const uuid = 'info' in info ? info.info?.uuid : undefined
  return uuid ? String(uuid) : `${databaseName} without a uuid`
}

async function targetUuid(target: StoreLocation): Promise<string | undefined> {
  if (target.engine !== 'mongodb') return undefined
  const client = await connect(target.url)
  try {
    return await collectionUuid(client, target.database)
  } catch (error) {
    throw explain(target.url, error)
  } finally {
    await client.close()
  }
}

async function* readDocuments(collection: Collection<StreamDocument>): AsyncGenerator<SourceRow> {
  const projection = { stream_id: 1, platform: 1, user_info: 1, group_info: 1, create_time: 1, last_active_time: 1 }
  for await (const document of collection.find({}, { projection }).sort({ _id: 1 })) {
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

/** A failure of the database in words; any other error as it is. */
function explain(url: string, error: unknown): unknown {
  const isUrlError = error instanceof Error && /^Mongo(Parse|InvalidArgument|APIError)/.test(error.name)
  if (!(error instanceof MongoError) && !isUrlError) return error
  return new SourceError(`cannot read ${maskUrl(url)}: ${(error as Error).message}`, { cause: error })
}
