import { createHash } from 'node:crypto'
import type { ClientSession, Collection, Db } from 'mongodb'
import { LeaseLostError, type Progress } from '../store.ts'
import { isDuplicateKey } from './errors.ts'

/** Beside the streams; made when somebody follows for the first time. */
const COLLECTION = 'chat_streams_following'
/** Its only document, so that who follows and how far is written at once. */
const ID = 'following'

interface FollowingDocument {
  readonly _id: string
  readonly holder?: string
  /** By the clock of the server. */
  readonly end_time?: Date
  /** By a digest of the source: a field cannot have every name. */
  readonly places?: Readonly<Record<string, { readonly source: string; readonly place: string }>>
}

interface Options {
  readonly session?: ClientSession
  readonly signal?: AbortSignal | undefined
}

/** Who follows bots into a store, and how far. */
export class Following {
  readonly #collection: Collection<FollowingDocument>

  constructor(db: Db) {
    this.#collection = db.collection(COLLECTION)
  }

  /** Returns who has the lease then. */
  async take(holder: string, durationMs: number, gone: string | undefined): Promise<string> {
    const isOver = { $expr: { $lte: ['$end_time', '$$NOW'] } }
    const isFree = { $or: [{ holder: { $in: [holder, ...(gone === undefined ? [] : [gone])] } }, isOver] }
    const taken = { holder: { $literal: holder }, end_time: { $add: ['$$NOW', durationMs] } }
    const { matchedCount } = await this.#collection.updateOne({ _id: ID, ...isFree }, [{ $set: taken }])
    if (matchedCount === 1) return holder
    const found = await this.#collection.findOne({ _id: ID })
    if (found?.holder) return found.holder
    // Another one may have made it meanwhile, and not have taken the lease yet.
    if (!found) await this.#create()
    return this.take(holder, durationMs, gone)
  }

  async end(holder: string): Promise<void> {
    await this.#collection.updateOne({ _id: ID, holder }, { $set: { end_time: new Date(0) } })
  }

  async placeIn(source: string): Promise<string | undefined> {
    const found = await this.#collection.findOne({ _id: ID })
    return found?.places?.[keyOf(source)]?.place
  }

  /** Throws where the holder has no lease. */
  async keep({ holder, source, place }: Progress, options: Options = {}): Promise<void> {
    const update = { $set: { [`places.${keyOf(source)}`]: { source, place } } }
    const { matchedCount } = await this.#collection.updateOne({ _id: ID, holder }, update, options)
    if (matchedCount === 0) throw new LeaseLostError()
  }

  /** Makes the document, which nobody has the lease in. */
  async #create(): Promise<void> {
    const nobody = { holder: '', end_time: new Date(0) }
    try {
      await this.#collection.updateOne({ _id: ID }, { $setOnInsert: nobody }, { upsert: true })
    } catch (error) {
      // Another one was faster.
      if (!isDuplicateKey(error)) throw error
    }
  }
}

function keyOf(source: string): string {
  return createHash('sha256').update(source).digest('hex')
}
