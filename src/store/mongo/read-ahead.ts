import type { ClientSession, Collection, Db, Document, Long, MongoClient } from 'mongodb'
import type { Documents, Find, Query } from './finding.ts'
import { READ_OPTIONS } from './reading.ts'
import { streamFields } from './stream-fields.ts'

/** Of a few hundred bytes each. The event loop turns once for each batch, so they must not keep it for long. */
const BATCH_SIZE = 1_000

/** Documents are handed over as the bytes that they came in. */
const RAW_OPTIONS = { ...READ_OPTIONS, fieldsAsRaw: { firstBatch: true, nextBatch: true } } as const

interface Reply {
  readonly id: Long
  readonly firstBatch?: readonly Buffer[]
  readonly nextBatch?: readonly Buffer[]
}

/**
 * Finds the fields of streams in all documents of a query, for whoever reads them to the end: while one batch is gone through, the
 * server is asked for the next. A document is read from its bytes when its turn comes. Those of a whole batch, as the driver's
 * cursor holds them, outlive a collection of young garbage, and collecting them later took a third of a start.
 */
export function byReadingAhead(
  client: MongoClient,
  { dbName, collectionName }: Collection,
  session: ClientSession,
  signal: AbortSignal | undefined,
): Find {
  return (query) => new ReadAhead(client.db(dbName), collectionName, query, session, signal)
}

class ReadAhead implements Documents {
  readonly #db: Db
  readonly #collection: string
  readonly #session: ClientSession
  readonly #signal: AbortSignal | undefined
  /** On its way; undefined behind the last. */
  #reply: Promise<Reply> | undefined
  /** Zero where the server has none any more. */
  #id: Long | undefined

  constructor(db: Db, collection: string, query: Query, session: ClientSession, signal: AbortSignal | undefined) {
    this.#db = db
    this.#collection = collection
    this.#session = session
    this.#signal = signal
    this.#reply = this.#ask({ find: collection, ...query, batchSize: BATCH_SIZE })
  }

  async next(): Promise<Iterable<Document> | undefined> {
    const reply = await this.#reply
    if (!reply) return undefined
    this.#reply = reply.id.isZero()
      ? undefined
      : this.#ask({ getMore: reply.id, collection: this.#collection, batchSize: BATCH_SIZE })
    return (reply.firstBatch ?? reply.nextBatch ?? []).values().map(streamFields)
  }

  close(): void {
    // The server refuses to give up a cursor that it is reading from.
    const kill = async () => {
      if (this.#id && !this.#id.isZero()) {
        await this.#db.command({ killCursors: this.#collection, cursors: [this.#id] })
      }
    }
    Promise.resolve(this.#reply)
      .then(kill, kill)
      .catch(() => {})
    this.#reply = undefined
  }

  #ask(command: Document): Promise<Reply> {
    const signal = this.#signal
    const options = { ...RAW_OPTIONS, session: this.#session, ...(signal && { signal }) }
    const reply = this.#db.command(command, options).then(({ cursor }) => {
      this.#id = cursor.id
      return cursor as Reply
    })
    // Nobody may come for it any more.
    reply.catch(() => {})
    return reply
  }
}
