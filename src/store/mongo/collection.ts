import type { CollectionInfo, CreateCollectionOptions, Db } from 'mongodb'
import { StoreUnusableError } from '../store.ts'
import { codeOf, NAMESPACE_EXISTS, UNAUTHORIZED } from './errors.ts'
import { ensureIndexes, ensureReadIndexes } from './indexes.ts'
import type { Notices } from './notices.ts'
import type { Server } from './server.ts'

export const COLLECTION = 'chat_streams'

/** The collection as it was found. A collection that is dropped and made again is another one. */
export interface Adopted {
  readonly uuid: string
  /** Whether no two documents can have one stream id. */
  readonly unique: boolean
  /** Whether the change stream tells the whole document before and after a change. */
  readonly images: boolean
}

/** Takes the collection as it is, making nothing; one that is missing is as good as empty. */
export async function inspect(db: Db): Promise<Adopted> {
  const info = await infoOf(db)
  return { uuid: info?.info?.uuid?.toString('hex') ?? '', images: false, unique: false }
}

/**
 * Makes the collection and what it lacks, and touches no document.
 *
 * @param servesReads whether reads come to it call by call
 */
export async function adopt(db: Db, server: Server, notices: Notices, servesReads: boolean): Promise<Adopted> {
  const info = (await infoOf(db)) ?? (await create(db, server))
  if (info.type !== 'collection' || info.options?.timeseries) {
    throw new StoreUnusableError(`${db.databaseName}.${COLLECTION} is no plain collection but a ${info.type}`)
  }
  const images = server.watch && (await ensureImages(db, info, notices))
  const unique = await ensureIndexes(db.collection(COLLECTION), notices)
  if (servesReads) await ensureReadIndexes(db.collection(COLLECTION), notices)
  return { uuid: info.info?.uuid?.toString('hex') ?? '', images, unique }
}

/** With what a collection of ours is made. */
export function creationOptions(server: Server): CreateCollectionOptions {
  return server.watch ? { changeStreamPreAndPostImages: { enabled: true } } : {}
}

async function infoOf(db: Db): Promise<CollectionInfo | undefined> {
  const [info] = await db.listCollections<CollectionInfo>({ name: COLLECTION }).toArray()
  return info
}

async function create(db: Db, server: Server): Promise<CollectionInfo> {
  try {
    await db.createCollection(COLLECTION, creationOptions(server))
  } catch (error) {
    if (codeOf(error) !== NAMESPACE_EXISTS) throw error
  }
  const info = await infoOf(db)
  if (!info) throw new StoreUnusableError(`${db.databaseName}.${COLLECTION} vanished while it was opened`)
  return info
}

async function ensureImages(db: Db, info: CollectionInfo, notices: Notices): Promise<boolean> {
  if (info.options?.changeStreamPreAndPostImages?.enabled) return true
  try {
    await db.command({ collMod: COLLECTION, changeStreamPreAndPostImages: { enabled: true } })
    return true
  } catch (error) {
    if (codeOf(error) !== UNAUTHORIZED) throw error
    notices.warn(
      `without the privilege collMod on ${COLLECTION}, changeStreamPreAndPostImages stay off: deletions of documents that ` +
        'the bot made may need a new snapshot',
    )
    return false
  }
}
