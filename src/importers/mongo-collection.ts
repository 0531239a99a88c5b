import { type Collection, MongoClient, type MongoClientOptions, MongoError } from 'mongodb'
import { maskUrl, mongoDatabase, type StoreLocation } from '../config/store-url.ts'
import { unlessAborted } from '../domain/aborting.ts'
import { COLLECTION } from '../store/mongo/collection.ts'
import { SourceError } from './source.ts'

/** What the bot calls it. */
const DEFAULT_DATABASE = 'MegBot'

/** How long to look for a server, where the URL does not say. */
const SELECTION_TIMEOUT_MS = 5_000

/** The collection `chat_streams` of a database, which is only read. */
export interface MongoCollection {
  readonly client: MongoClient
  readonly collection: Collection
  /** May be slightly off. */
  readonly approximateCount: number
  /** Whether a store of ours has written to it; else it is that of a bot. */
  readonly isOurs: boolean
  /** Whether a store there would be in the collection, whatever URL leads to it. */
  isWithin(target: StoreLocation): Promise<boolean>
  close(): Promise<void>
}

/** Throws `SourceError` where there is none. */
export async function openMongoCollection(url: string, signal?: AbortSignal): Promise<MongoCollection> {
  const client = await connect(url, signal)
  try {
    const database = client.db(mongoDatabase(url) ?? DEFAULT_DATABASE)
    const uuid = await collectionUuid(client, database.databaseName)
    if (uuid === undefined) {
      throw new SourceError(
        `the database ${database.databaseName} of ${maskUrl(url)} has no collection ${COLLECTION}; expected mongodb://HOST/DATABASE of a bot or of a store`,
      )
    }
    const collection = database.collection(COLLECTION)
    return {
      client,
      collection,
      approximateCount: await collection.estimatedDocumentCount(),
      // The bot knows no accounts, and documents of ours always have one.
      isOurs: (await collection.findOne({ account_id: { $type: 'string' } }, { projection: { _id: 1 } })) !== null,
      isWithin: async (target) => (await targetUuid(target)) === uuid,
      close: () => client.close(),
    }
  } catch (error) {
    await client.close()
    throw explain(url, error)
  }
}

async function connect(url: string, signal?: AbortSignal): Promise<MongoClient> {
  const options: MongoClientOptions = { appName: 'chatapi-import' }
  if (!/[?&]serverSelectionTimeoutMS=/i.test(url)) options.serverSelectionTimeoutMS = SELECTION_TIMEOUT_MS
  let client: MongoClient | undefined
  try {
    client = new MongoClient(url, options)
    return await unlessAborted(client.connect(), [signal])
  } catch (error) {
    const closing = client?.close()
    // A client amid its first words to a server may take as long to close as to connect.
    if (signal?.aborted) closing?.catch(() => {})
    else await closing
    signal?.throwIfAborted()
    throw explain(url, error)
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

/** A failure of the database in words; any other error as it is. */
function explain(url: string, error: unknown): unknown {
  const isUrlError = error instanceof Error && /^Mongo(Parse|InvalidArgument|APIError)/.test(error.name)
  if (!(error instanceof MongoError) && !isUrlError) return error
  return new SourceError(`cannot read ${maskUrl(url)}: ${(error as Error).message}`, { cause: error })
}
