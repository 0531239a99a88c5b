import type { ClientSession, Db, Document, Long, MongoClient } from 'mongodb'
import { COLLECTION } from './collection.ts'
import type { Start } from './cursors.ts'
import { reduced } from './queries.ts'
import { READ_OPTIONS } from './reading.ts'

/** What the two images of an event may come to before the first is reduced. With all else an event has room for 16 MB. */
const MAX_IMAGES_BYTES = 8_000_000

const BEFORE = 'fullDocumentBeforeChange'
const IMAGES_BYTES = { $add: [{ $bsonSize: `$${BEFORE}` }, { $bsonSize: '$fullDocument' }] }

/** The server fails a change stream at an event over 16 MB, to which a large document would come that is changed. */
const FITTING: readonly Document[] = [
  { $unset: 'updateDescription' },
  { $set: { [BEFORE]: { $cond: [{ $gt: [IMAGES_BYTES, MAX_IMAGES_BYTES] }, reduced(BEFORE), `$${BEFORE}`] } } },
]

export interface Batch {
  readonly events: readonly Document[]
  /** Resumes behind all events up to this batch. */
  readonly token: string
}

interface Reply {
  readonly id: Long
  readonly firstBatch?: Document[]
  readonly nextBatch?: Document[]
  readonly postBatchResumeToken: { readonly _data: string }
}

/**
 * One change stream on one server, without a mind of its own: it ends with the server. The driver's ChangeStream resumes by
 * itself, but first waits for its selection timeout to kill the cursor on the server that is gone, and it hides the ends
 * of batches, which tell when a transaction is complete.
 */
export class Feed {
  readonly #db: Db
  readonly #session: ClientSession
  #reply: Reply

  private constructor(db: Db, session: ClientSession, reply: Reply) {
    this.#db = db
    this.#session = session
    this.#reply = reply
  }

  static async open(client: MongoClient, database: string, start: Start, signal: AbortSignal): Promise<Feed> {
    const db = client.db(database)
    const session = client.startSession({ causalConsistency: false })
    const stage = {
      fullDocument: 'whenAvailable',
      fullDocumentBeforeChange: 'whenAvailable',
      ...(start.kind === 'token' ? { resumeAfter: { _data: start.token } } : { startAtOperationTime: start.time }),
    }
    const command = {
      aggregate: COLLECTION,
      pipeline: [{ $changeStream: stage }, ...FITTING],
      cursor: {},
      readConcern: { level: 'majority' },
    }
    try {
      const { cursor } = await db.command(command, { ...READ_OPTIONS, session, signal })
      return new Feed(db, session, cursor as Reply)
    } catch (error) {
      session.endSession().catch(() => {})
      throw error
    }
  }

  /** What came with the opening: its token is where the stream began, not yet a place that the log has reached. */
  get first(): Batch {
    return batchOf(this.#reply)
  }

  /** Waits so long for events. */
  async next(waitMs: number, signal: AbortSignal): Promise<Batch> {
    const command = { getMore: this.#reply.id, collection: COLLECTION, maxTimeMS: waitMs }
    const { cursor } = await this.#db.command(command, { ...READ_OPTIONS, session: this.#session, signal })
    this.#reply = cursor as Reply
    return batchOf(this.#reply)
  }

  /** Lets the server forget the cursor. Not waited for: a server that is gone has forgotten it. */
  abandon(): void {
    this.#db
      .command({ killCursors: COLLECTION, cursors: [this.#reply.id] }, { session: this.#session })
      .catch(() => {})
      .finally(() => this.#session.endSession().catch(() => {}))
  }
}

function batchOf({ firstBatch, nextBatch, postBatchResumeToken }: Reply): Batch {
  return { events: firstBatch ?? nextBatch ?? [], token: postBatchResumeToken._data }
}
