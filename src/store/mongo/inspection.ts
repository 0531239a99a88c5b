import type { Db } from 'mongodb'
import type { StoreProblem } from '../store.ts'
import { clientOf, dbOf } from './client.ts'
import { COLLECTION } from './collection.ts'
import { connect } from './connecting.ts'
import { translatedAtOpen } from './errors.ts'
import { indexProblems } from './indexes.ts'
import { serverOf, watchUnsupported } from './server.ts'

/** Clocks of machines that keep their time differ by far less. */
const MAX_SKEW_MS = 60_000
const MS_PER_SECOND = 1_000

/** What a MongoDB lacks to serve as a store. */
export async function inspectMongoStore(
  url: string,
  database: string | undefined,
  signal: AbortSignal,
): Promise<StoreProblem[]> {
  const client = clientOf(url)
  const close = () => void client.close().catch(() => {})
  signal.addEventListener('abort', close, { once: true })
  try {
    await connect(client, () => {})
    const db = dbOf(client, database)
    const server = await serverOf(db)
    const problems: StoreProblem[] = server.watch ? [] : [{ problem: watchUnsupported(server), command: REPLICA_SET }]
    return [...problems, ...(await clockProblems(db)), ...(await collectionProblems(db, server.watch))]
  } catch (error) {
    signal.throwIfAborted()
    throw translatedAtOpen(error)
  } finally {
    signal.removeEventListener('abort', close)
    await client.close().catch(() => {})
  }
}

const REPLICA_SET = "mongod --replSet rs0, then once: mongosh --eval 'rs.initiate()'"

async function clockProblems(db: Db): Promise<StoreProblem[]> {
  const askedAt = Date.now()
  const { localTime } = await db.command({ hello: 1 })
  const skewMs = (localTime as Date).getTime() - askedAt
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return []
  const problem = `the clock of MongoDB differs from that of this machine by ${Math.round(skewMs / MS_PER_SECOND)} s`
  return [{ problem, command: 'timedatectl set-ntp true' }]
}

async function collectionProblems(db: Db, watches: boolean): Promise<StoreProblem[]> {
  const [info] = await db.listCollections({ name: COLLECTION }).toArray()
  if (!info) return [{ problem: `there is no collection ${COLLECTION} yet` }]
  const { missing, duplicateIds } = await indexProblems(db.collection(COLLECTION), !watches)
  const images = (info as { options?: { changeStreamPreAndPostImages?: { enabled?: boolean } } }).options
  const problems: StoreProblem[] = []
  if (duplicateIds.length > 0) {
    const ids = duplicateIds.join(', ')
    const command = `mongosh, then: db.${COLLECTION}.find({ stream_id: ${duplicateIds[0]} }), and delete all but one`
    problems.push({ problem: `several documents have one stream id: ${ids}`, command })
  }
  if (missing.length > 0) problems.push({ problem: `these indexes are missing: ${missing.join(', ')}` })
  if (watches && !images?.changeStreamPreAndPostImages?.enabled) {
    problems.push({ problem: `changeStreamPreAndPostImages of ${COLLECTION} are off` })
  }
  return problems
}
