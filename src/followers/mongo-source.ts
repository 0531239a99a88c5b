import { setTimeout as delay } from 'node:timers/promises'
import {
  BSON,
  type ChangeStream,
  type ChangeStreamOptions,
  type Collection,
  type Document,
  MongoError,
  MongoNetworkError,
  MongoServerSelectionError,
} from 'mongodb'
import { maskUrl, type StoreLocation } from '../config/store-url.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import { readDocument, type StreamDocument } from '../importers/maibot-mongo.ts'
import { type MongoCollection, openMongoCollection } from '../importers/mongo-collection.ts'
import { SourceError, type SourceRow } from '../importers/source.ts'
import { isCursorLost } from '../store/mongo/errors.ts'
import { type FollowedSource, type Found, SourceAwayError } from './source.ts'

/** How often to ask a server that cannot tell of changes, and how long to wait for one that can. */
const LOOK_INTERVAL_MS = 1_000

/** Beyond this a time is a slip, and no later one would be noticed any more. */
const MAX_AHEAD_SECONDS = 86_400

/** Ids of users and groups go beyond what a double holds. */
const READ_OPTIONS = { useBigInt64: true } as const

/**
 * Where following goes on: behind an event of the change stream; or at the time of the last chat that was active, of which some
 * documents are known.
 */
type Place = { readonly token: unknown } | { readonly time: number; readonly ids: readonly string[] }

const { EJSON } = BSON

/** The collection `chat_streams` of MaiBot 0.5.13 to 0.6. */
export class MongoSource implements FollowedSource {
  readonly name: string
  readonly #url: string
  readonly #lookIntervalMs: number

  constructor(url: string, lookIntervalMs = LOOK_INTERVAL_MS) {
    this.#url = url
    this.name = maskUrl(url)
    this.#lookIntervalMs = lookIntervalMs
  }

  /** Throws where the store is in the same collection, or the collection is that of another store. */
  async refuseStore(store: StoreLocation): Promise<void> {
    const found = await this.#open(undefined).catch(whereAway)
    if (!found) return
    try {
      if (await found.isWithin(store)) {
        throw new SourceError(`${this.name} is the store itself, which shows what the bot writes there by itself`)
      }
    } finally {
      await found.close()
    }
  }

  async check(): Promise<void> {
    const found = await this.#open(undefined).catch(whereAway)
    await found?.close()
  }

  async *follow(text: string | undefined, signal: AbortSignal): AsyncGenerator<Found> {
    const found = await this.#open(signal)
    const place = text === undefined ? undefined : (EJSON.parse(text) as Place)
    try {
      if (await canWatch(found)) yield* this.#watch(found.collection, place, signal)
      else yield* this.#poll(found.collection, place, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof MongoError) throw new SourceAwayError(`${this.name}: ${error.message}`, { cause: error })
      throw error
    } finally {
      await found.close()
    }
  }

  async close(): Promise<void> {}

  async #open(signal: AbortSignal | undefined): Promise<MongoCollection> {
    const found = await openMongoCollection(this.#url, signal).catch((error: unknown) => {
      throw isAway(error) ? new SourceAwayError((error as Error).message, { cause: error }) : error
    })
    if (!found.isOurs) return found
    await found.close()
    throw new SourceError(`${this.name} is a store of chatapi; name the database of a bot`)
  }

  async *#watch(collection: Collection, place: Place | undefined, signal: AbortSignal): AsyncGenerator<Found> {
    let token = place && 'token' in place ? place.token : undefined
    for (;;) {
      signal.throwIfAborted()
      await using stream = openStream(collection, token, this.#lookIntervalMs)
      using _ended = onAbort(signal, () => void stream.close().catch(() => {}))
      try {
        if (token === undefined) {
          // What changes while all is read comes after it.
          const first = await takeEvents(stream)
          for await (const rows of documents(collection)) yield { rows, place: undefined }
          yield* told(first, stream)
        }
        for (;;) {
          const events = await takeEvents(stream)
          if (events.some(({ operationType }) => operationType === 'invalidate')) break
          yield* told(events, stream)
          signal.throwIfAborted()
        }
      } catch (error) {
        if (!isCursorLost(error)) throw error
      }
      // The collection is another one, or its log reaches back too little: all is read anew.
      token = undefined
    }
  }

  async *#poll(collection: Collection, place: Place | undefined, signal: AbortSignal): AsyncGenerator<Found> {
    const known = place && 'time' in place ? place : undefined
    let time = known?.time ?? 0
    let ids = new Set(known?.ids)
    if (!known) for await (const rows of documents(collection)) yield { rows, place: undefined }
    for (;;) {
      const latest = Date.now() / 1_000 + MAX_AHEAD_SECONDS
      const changed = await collection
        .find<StreamDocument>({ last_active_time: { $gte: time, $lte: latest } }, READ_OPTIONS)
        .sort({ last_active_time: 1 })
        .toArray()
      const news = changed.filter((document) => timeOf(document) > time || !ids.has(String(document._id)))
      const last = changed.at(-1)
      if (last && news.length > 0) {
        time = timeOf(last)
        ids = new Set(changed.filter((document) => timeOf(document) === time).map(({ _id }) => String(_id)))
        yield { rows: news.map(read), place: EJSON.stringify({ time, ids: [...ids] }) }
      }
      await delay(this.#lookIntervalMs, undefined, { signal })
    }
  }
}

function whereAway(error: unknown): undefined {
  if (!(error instanceof SourceAwayError)) throw error
}

/** Whether no server answers. */
function isAway(error: unknown): boolean {
  const cause = error instanceof SourceError ? error.cause : undefined
  return cause instanceof MongoServerSelectionError || cause instanceof MongoNetworkError
}

function openStream(collection: Collection, token: unknown, maxAwaitTimeMS: number): ChangeStream {
  const options: ChangeStreamOptions = { ...READ_OPTIONS, fullDocument: 'updateLookup', maxAwaitTimeMS }
  return collection.watch([], token === undefined ? options : { ...options, resumeAfter: token })
}

/** The events that are there; waits for one for a while. */
async function takeEvents(stream: ChangeStream): Promise<Document[]> {
  const events: Document[] = []
  while (events.length < MAX_BATCH) {
    const event = await stream.tryNext()
    if (event === null) break
    events.push(event)
    if (event.operationType === 'invalidate') break
  }
  return events
}

function* told(events: readonly Document[], stream: ChangeStream): Generator<Found> {
  const found = events.flatMap(({ fullDocument }) => (fullDocument ? [fullDocument as StreamDocument] : []))
  if (found.length > 0) yield { rows: found.map(read), place: EJSON.stringify({ token: stream.resumeToken }) }
}

async function* documents(collection: Collection): AsyncGenerator<SourceRow[]> {
  let batch: SourceRow[] = []
  for await (const document of collection.find<StreamDocument>({}, READ_OPTIONS).sort({ _id: 1 })) {
    batch.push(read(document))
    if (batch.length < MAX_BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function read(document: StreamDocument): SourceRow {
  return readDocument(`document ${document._id}`, document)
}

/** Whether the server tells of changes: a standalone one keeps no log of them. */
async function canWatch({ client, collection }: MongoCollection): Promise<boolean> {
  const hello = await client.db(collection.dbName).command({ hello: 1 })
  return hello.setName !== undefined || hello.msg === 'isdbgrid'
}

function timeOf({ last_active_time }: StreamDocument): number {
  return Number(last_active_time)
}

function onAbort(signal: AbortSignal, end: () => void): Disposable {
  signal.addEventListener('abort', end, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', end) }
}
