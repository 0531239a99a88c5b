import type { Collection, Db } from 'mongodb'
import { type Restoration, StoreUnusableError } from '../store.ts'
import { clientOf, dbOf } from './client.ts'
import { COLLECTION, creationOptions } from './collection.ts'
import { encode } from './documents.ts'
import { codeOf, NAMESPACE_EXISTS, translatedAtOpen } from './errors.ts'
import { ensureIndexes } from './indexes.ts'
import { Notices } from './notices.ts'
import { serverOf } from './server.ts'

/** What is filled, and put in place once it is whole. */
const FILLED = `${COLLECTION}_restoring`
/** Where the empty collection goes that has its place. */
const REPLACED = `${COLLECTION}_before_restore`

/**
 * Fills the collection of a database, which is made where there is none: into another one first, which takes its place once it
 * is whole. Bots and servers that have it open see a new collection.
 */
export async function restoreMongoStore(url: string, database: string, { batches }: Restoration): Promise<void> {
  const client = clientOf(url)
  try {
    const db = dbOf(client, database)
    const server = await serverOf(db)
    await assertEmpty(db.collection(COLLECTION))
    await assertEmpty(db.collection(REPLACED))
    await db.collection(FILLED).drop()
    try {
      const collection = await db.createCollection(FILLED, creationOptions(server))
      const inserted = await fill(collection, batches)
      await ensureIndexes(collection, new Notices({}))
      await assertAlone(collection, inserted)
      await putInPlace(db)
    } catch (error) {
      await db.collection(FILLED).drop()
      throw error
    }
  } catch (error) {
    throw translatedAtOpen(error)
  } finally {
    await client.close()
  }
}

async function fill(collection: Collection, batches: Restoration['batches']): Promise<number> {
  let inserted = 0
  for await (const batch of batches) {
    await collection.insertMany(batch.map(({ position, stream }) => encode(stream, position)))
    inserted += batch.length
  }
  return inserted
}

/** Nothing that anybody writes meanwhile is lost: the collection is looked through once nobody reaches it by its name. */
async function putInPlace(db: Db): Promise<void> {
  await db.collection(REPLACED).drop()
  const isThere = (await db.listCollections({ name: COLLECTION }).toArray()).length > 0
  if (isThere) {
    await db.renameCollection(COLLECTION, REPLACED)
    try {
      await assertEmpty(db.collection(REPLACED))
    } catch (error) {
      await db.renameCollection(REPLACED, COLLECTION)
      throw error
    }
  }
  try {
    await db.renameCollection(FILLED, COLLECTION)
  } catch (error) {
    if (codeOf(error) !== NAMESPACE_EXISTS) throw error
    throw notEmpty(`${db.databaseName}.${COLLECTION}`)
  }
  await db.collection(REPLACED).drop()
}

async function assertEmpty(collection: Collection): Promise<void> {
  if (await collection.findOne({}, { projection: { _id: 1 } })) throw notEmpty(collection.namespace)
}

function notEmpty(namespace: string): StoreUnusableError {
  return new StoreUnusableError(`${namespace} has documents; a backup is restored into an empty store only`)
}

/** Throws where another run fills the same collection. */
async function assertAlone(collection: Collection, inserted: number): Promise<void> {
  const count = await collection.countDocuments({})
  if (count === inserted) return
  throw new StoreUnusableError(
    `${collection.namespace} has ${count} documents and should have ${inserted}; does another restore run?`,
  )
}
