import { type Db, MongoClient, type MongoClientOptions, ReadConcern } from 'mongodb'
import { unusableUrl } from './errors.ts'

/** Outlasts an election with the server's own settings, so that a call made during one succeeds. */
const SELECTION_TIMEOUT_MS = 15_000

/** The watch asks again by itself, and the sooner it does the sooner it goes on after an election. */
const WATCH_SELECTION_TIMEOUT_MS = 500

/** A client for calls, not yet connected. */
export function clientOf(url: string): MongoClient {
  const ownTimeout = /[?&]serverSelectionTimeoutMS=/i.test(url)
  return newClient(url, ownTimeout ? {} : { serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS })
}

/** A client for watches, whatever timeout the URL sets. */
export function watchClientOf(url: string): MongoClient {
  return newClient(url, { serverSelectionTimeoutMS: WATCH_SELECTION_TIMEOUT_MS })
}

/** Acknowledged is what a majority has in its journal; what a majority has is never rolled back. */
export function dbOf(client: MongoClient, name: string | undefined): Db {
  return client.db(name, {
    readPreference: 'primary',
    readConcern: new ReadConcern('majority'),
    writeConcern: { w: 'majority', journal: true },
  })
}

function newClient(url: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(url, { appName: 'chatapi', ...options })
  } catch (error) {
    throw unusableUrl(error)
  }
}
