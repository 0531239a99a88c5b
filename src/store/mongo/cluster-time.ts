import { type ClientSession, type Collection, type MongoClient, ReadConcern, Timestamp } from 'mongodb'
import type { Revision } from '../../domain/revision.ts'

/** A revision is the cluster time of a commit, on one number line: seconds, then the count within the second. */
export function revisionOf(time: Timestamp): Revision {
  return time.toBigInt()
}

/**
 * The revision that the answers of a session have reached, which no entry that shows in them is behind: that of its own
 * write, or at least that of what its reads saw. A standalone server has no log, so there the clock counts.
 *
 * @param clock the time to tell on a standalone server: before a write, after a read, so that no read shows a write of a
 *   later time than its own
 */
export function revisionAt({ operationTime }: ClientSession, clock: number): Revision {
  return operationTime ? revisionOf(operationTime) : BigInt(clock)
}

export function timeOf(revision: Revision): Timestamp {
  return new Timestamp(revision)
}

/** `snapshotTime` is the documented behaviour of snapshot sessions and missing from the driver's types. */
type SnapshotSession = ClientSession & { snapshotTime?: Timestamp }

/** A session whose reads all see the data as of one time: this one, or that of its first read. */
export function startSnapshotSession(client: MongoClient, time?: Timestamp): ClientSession {
  const session = client.startSession({ snapshot: true }) as SnapshotSession
  if (time) session.snapshotTime = time
  return session
}

/** The collection for reads in a snapshot session: any other read concern would replace that of the session. */
export function ofSnapshot(client: MongoClient, { dbName, collectionName }: Collection): Collection {
  const options = { readConcern: new ReadConcern('snapshot'), readPreference: 'primary' } as const
  return client.db(dbName).collection(collectionName, options)
}

/** Returns the time of a snapshot session, which its first read fixes: this one. */
export async function fixTime(
  frozen: Collection,
  session: ClientSession,
  signal: AbortSignal | undefined,
): Promise<Timestamp> {
  await frozen.find({ _id: 0 as never }, { session, ...(signal && { signal }) }).toArray()
  const { snapshotTime } = session as SnapshotSession
  if (!snapshotTime) throw new Error('MongoDB answered a snapshot read without its time')
  return snapshotTime
}

/** The key string of a timestamp begins with this byte, followed by its 64 bits. */
const TOKEN_OF_TIME = /^82([0-9A-F]{16})/i

/** The cluster time up to which a resume token reaches; undefined where the server writes its tokens in another way. */
export function timeOfToken(token: string): Timestamp | undefined {
  const digits = TOKEN_OF_TIME.exec(token)?.[1]
  return digits === undefined ? undefined : new Timestamp(BigInt(`0x${digits}`))
}
