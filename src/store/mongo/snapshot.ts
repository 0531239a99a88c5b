import type { ClientSession, Collection, MongoClient } from 'mongodb'
import type { Snapshot, StoredStream } from '../store.ts'
import type { KnownIds } from './changes.ts'
import { fixTime, ofSnapshot, revisionOf, startSnapshotSession } from './cluster-time.ts'
import type { Adopted } from './collection.ts'
import { formatCursor, justAfter } from './cursors.ts'
import type { Notices } from './notices.ts'
import { inOrder } from './ordered.ts'
import { nextPosition } from './positions.ts'
import { byReadingAhead } from './read-ahead.ts'
import { readTombstones } from './reads.ts'

/** Few enough to be garbage before a collection finds them alive. */
const BATCH_SIZE = 100

export interface SnapshotContext {
  readonly client: MongoClient
  readonly collection: Collection
  readonly adopted: Adopted
  readonly known: KnownIds
  readonly notices: Notices
}

/** The collection as of one cluster time. The server keeps that for five minutes, within which it has to be read. */
export async function takeSnapshot(context: SnapshotContext, signal: AbortSignal | undefined): Promise<Snapshot> {
  const { client, collection, adopted } = context
  const approximateCount = await collection.estimatedDocumentCount()
  const session = startSnapshotSession(client)
  const frozen = ofSnapshot(client, collection)
  try {
    const time = await fixTime(frozen, session, signal)
    const reads = { collection: frozen, unique: adopted.unique, observer: context.notices, session, signal }
    const tombstones = await readTombstones({}, reads)
    return {
      directoryId: adopted.uuid,
      revision: revisionOf(time),
      cursor: formatCursor(adopted.uuid, { kind: 'time', time: justAfter(time) }),
      approximateCount,
      tombstones,
      batches: batches({ ...context, collection: frozen }, session, signal),
    }
  } catch (error) {
    session.endSession().catch(() => {})
    throw error
  }
}

/**
 * What a standalone server has instead, since it reads nothing as of a time: all streams, read in one go before the first
 * is handed out, so that what is written while they are consumed does not show.
 */
export async function readThrough(context: SnapshotContext, signal: AbortSignal | undefined): Promise<Snapshot> {
  const approximateCount = await context.collection.estimatedDocumentCount()
  const { collection, adopted, notices: observer } = context
  const tombstones = await readTombstones({}, { collection, unique: adopted.unique, observer, signal })
  const read = await Array.fromAsync(batches(context, undefined, signal))
  return {
    directoryId: context.adopted.uuid,
    revision: BigInt(nextPosition()),
    cursor: '',
    approximateCount,
    tombstones,
    batches: handedOut(read),
  }
}

async function* handedOut(read: StoredStream[][]): AsyncGenerator<StoredStream[]> {
  yield* read
}

async function* batches(
  { client, collection, adopted, known, notices }: SnapshotContext,
  session: ClientSession | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredStream[]> {
  const observer = adopted.images ? notices : known.learning(notices)
  const reads = { collection, unique: adopted.unique, observer, session, signal }
  try {
    const find = session && byReadingAhead(client, collection, session, signal)
    yield* inOrder([{}], undefined, BATCH_SIZE, reads, find)
  } finally {
    session?.endSession().catch(() => {})
  }
}
