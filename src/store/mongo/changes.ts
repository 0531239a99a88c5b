import type { ClientSession, Collection, Document, Filter, MongoClient, Timestamp } from 'mongodb'
import { tombstoneOf } from '../../domain/tombstone.ts'
import { type Change, CursorExpiredError, type StateBefore, type StoredStream } from '../store.ts'
import { idKey } from './bson-values.ts'
import { ofSnapshot, startSnapshotSession } from './cluster-time.ts'
import type { Adopted } from './collection.ts'
import { decode, Fault, Gone } from './documents.ts'
import { isSnapshotGone } from './errors.ts'
import type { Notices, ReadObserver } from './notices.ts'
import { isReduced } from './queries.ts'
import { driverOptions, owners, readHeld } from './reading.ts'

export interface ChangeContext {
  readonly client: MongoClient
  readonly collection: Collection
  readonly adopted: () => Adopted
  readonly known: KnownIds
  readonly notices: Notices
}

/**
 * Which stream the documents of others hold, learned while reading: where no images are kept, a deletion tells the `_id`
 * alone. Ours have the stream id for an `_id`, so they take no room here.
 */
export class KnownIds {
  readonly #streamIds = new Map<string, string | null>()

  /** `null`: the document is not a stream. */
  learn(id: unknown, streamId: string | null): void {
    if (id !== streamId) this.#streamIds.set(idKey(id), streamId)
    else this.#streamIds.delete(idKey(id))
  }

  /** Learns from whatever is read, and passes on what was skipped. */
  learning(next: ReadObserver): ReadObserver {
    return {
      held: (document, streamId) => this.learn(document._id, streamId),
      skipped: (document, reason) => {
        this.learn(document._id, null)
        next.skipped(document, reason)
      },
      gone: (document) => this.learn(document._id, null),
    }
  }

  forget(id: unknown): void {
    this.#streamIds.delete(idKey(id))
  }

  /** Undefined when it was never seen. */
  streamIdOf(id: unknown): string | null | undefined {
    const streamId = this.#streamIds.get(idKey(id))
    return streamId === undefined && typeof id === 'string' ? id : streamId
  }
}

interface States {
  readonly before: StateBefore
  readonly after: StoredStream | undefined
  /** What the document says of a stream that a commit removed. */
  readonly gone?: Gone | undefined
}

/** What the events of one cluster time come to, one change for each stream. */
export async function changesOf(events: readonly Document[], context: ChangeContext): Promise<Change[]> {
  const states = new Map<string, States>()
  const tell = (streamId: string, before: StateBefore, after: StoredStream | undefined, gone?: Gone) => {
    const earlier = states.get(streamId)
    states.set(streamId, { before: earlier ? earlier.before : before, after, gone })
  }
  for (const event of events) {
    const held = heldBefore(event, context)
    const decoded = await streamAfter(event, held?.streamId, context)
    const gone = decoded instanceof Gone ? decoded : undefined
    const after = decoded instanceof Gone ? undefined : decoded
    if (held?.streamId != null && held.streamId !== after?.streamId) tell(held.streamId, held.state, undefined, gone)
    if (gone && !held) tell(gone.stored.streamId, 'unknown', undefined, gone)
    // A document that held another stream, or none, did not hold this one.
    if (after)
      tell(after.streamId, !held ? 'unknown' : held.streamId === after.streamId ? held.state : undefined, after)
  }
  const time = events[0]?.clusterTime as Timestamp
  // Which of several documents is the stream is known by a look at all of them, and only as of one time.
  if (context.adopted().unique) return [...states].map(([streamId, state]) => change(streamId, state))
  const changes: Change[] = []
  for (const [streamId, { gone }] of states) {
    changes.push(change(streamId, { before: 'unknown', after: await ownerAt(time, streamId, context), gone }))
  }
  return changes
}

function change(streamId: string, { before, after, gone }: States): Change {
  if (after || !gone) return { streamId, before, after }
  const { mergedInto } = gone
  if (mergedInto !== undefined) return { streamId, before, after, mergedInto }
  return { streamId, before, after, tombstone: tombstoneOf(gone.stored.stream, gone.deleteTime) }
}

/** The stream that the document held before the event, null for none; undefined where nothing tells. */
function heldBefore(
  event: Document,
  { known }: ChangeContext,
): { streamId: string | null; state: StateBefore } | undefined {
  const image = event.fullDocumentBeforeChange as Document | null | undefined
  if (image) {
    const stored = decode(image)
    if (stored instanceof Fault || stored instanceof Gone) return { streamId: null, state: undefined }
    return { streamId: stored.streamId, state: isReduced(image) ? 'unknown' : stored }
  }
  if (event.operationType === 'insert') return { streamId: null, state: undefined }
  const streamId = known.streamIdOf(event.documentKey._id)
  return streamId === undefined ? undefined : { streamId, state: streamId === null ? undefined : 'unknown' }
}

async function streamAfter(
  event: Document,
  before: string | null | undefined,
  context: ChangeContext,
): Promise<StoredStream | Gone | undefined> {
  const { adopted, known, notices } = context
  const id = event.documentKey._id
  if (event.operationType === 'delete') {
    if (before === undefined) throw untold(id, 'was deleted', context)
    known.forget(id)
    return undefined
  }
  const document = event.fullDocument ?? (await documentAt(event.clusterTime, id, context))
  if (!document) return undefined
  const stored = decode(document)
  if (stored instanceof Fault) {
    notices.skipped(document, stored.reason)
    if (before === undefined) throw untold(id, 'is no stream now', context)
  }
  const streamId = stored instanceof Fault || stored instanceof Gone ? null : stored.streamId
  if (!adopted().images) known.learn(id, streamId)
  return stored instanceof Fault ? undefined : stored
}

/**
 * For a document that was never seen and holds no stream any more. One that holds a stream has kept its stream id: the bot
 * finds documents by it.
 */
function untold(id: unknown, what: string, { adopted }: ChangeContext): CursorExpiredError {
  const why = adopted().images ? 'its image is gone' : 'no images are kept'
  return new CursorExpiredError(`the document ${idKey(id)} ${what}, and ${why}`)
}

/** Where no images are kept, an update tells only what it set. */
async function documentAt(time: Timestamp, id: unknown, context: ChangeContext): Promise<Document | undefined> {
  const [document] = await readAt(time, context, (collection, session) =>
    collection.find({ _id: id } as Filter<Document>, driverOptions({ session })).toArray(),
  )
  return document
}

async function ownerAt(time: Timestamp, streamId: string, context: ChangeContext): Promise<StoredStream | undefined> {
  const observer = context.notices
  const found = await readAt(time, context, (collection, session) =>
    readHeld({ stream_id: streamId }, { collection, unique: false, observer, session }),
  )
  return owners(found, observer).get(streamId)?.stored
}

/** Reads as of a time, and as of now where the server no longer has that (after five minutes, unless it is told otherwise). */
async function readAt<T>(
  time: Timestamp,
  { client, collection }: ChangeContext,
  read: (collection: Collection, session?: ClientSession) => Promise<T>,
): Promise<T> {
  const session = startSnapshotSession(client, time)
  try {
    return await read(ofSnapshot(client, collection), session)
  } catch (error) {
    if (!isSnapshotGone(error)) throw error
    return await read(collection)
  } finally {
    session.endSession().catch(() => {})
  }
}
