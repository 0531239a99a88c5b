import type { Collection, Document, MongoClient } from 'mongodb'
import type { Revision } from '../../domain/revision.ts'
import { ConflictError, type Mutation, type Progress, StoreUnavailableError } from '../store.ts'
import { revisionAt } from './cluster-time.ts'
import type { Adopted } from './collection.ts'
import type { Doubt } from './doubt.ts'
import { isDuplicateKey } from './errors.ts'
import type { Following } from './following.ts'
import type { Notices } from './notices.ts'
import { nextPosition } from './positions.ts'
import type { Server } from './server.ts'
import { applied, bulkOperations, planned, readExact, streamIdOf, type WriteOptions, writeOne } from './writes.ts'

/** Longer than an election; after that the caller hears that the database is not there. */
const MAX_TRANSACTION_MS = 20_000

/** How often a transaction is begun anew because a document came up that its snapshot did not have. */
const MAX_COLLISIONS = 3

export interface CommitContext {
  readonly client: MongoClient
  readonly collection: Collection
  readonly server: Server
  readonly adopted: Adopted
  readonly notices: Notices
  readonly following: Following
  readonly progress: Progress | undefined
  /** Aborts once the caller is about to give up. */
  readonly limit: AbortSignal | undefined
  readonly doubt: Doubt
}

export async function commit(mutations: readonly Mutation[], context: CommitContext): Promise<Revision> {
  const { client, server, adopted, progress, limit } = context
  const session = client.startSession()
  const options = { session, signal: limit }
  const begunAt = nextPosition()
  try {
    // Several documents of one stream go together or not at all, so without a unique index one mutation is a transaction.
    if (server.transactions && (mutations.length > 1 || !adopted.unique || progress)) {
      await inTransaction(mutations, context, options)
    } else {
      await oneByOne(mutations, context, options)
    }
    // A write answers with the time of its own entry in the log, which is that of its event.
    return revisionAt(session, begunAt)
  } finally {
    session.endSession().catch(() => {})
  }
}

/**
 * What is merged goes only if it is as it was before its target was written, to the byte: every write changes a document,
 * also one that leaves the stream as it is. So of merges in a circle, each of which writes what the next one removes, one
 * fails; by the states of the streams alone all of them could succeed, and leave none.
 */
async function oneByOne(
  mutations: readonly Mutation[],
  { collection, adopted, notices, following, progress, doubt }: CommitContext,
  options: WriteOptions,
): Promise<void> {
  const sources = mutations.filter(({ kind }) => kind === 'merge').map(streamIdOf)
  const before = sources.length === 0 ? [] : await readExact(collection, sources, options)
  for (const mutation of mutations) {
    if (mutation.kind !== 'merge') {
      await writeOne(collection, mutation, adopted.unique, options, doubt, notices)
      continue
    }
    const write = planned(
      mutation,
      before.filter(({ stream_id }) => stream_id === mutation.streamId),
      notices,
    )
    if (!write || !(await applied(collection, write, options, doubt))) throw new ConflictError([mutation.streamId])
  }
  if (progress) await following.keep(progress, options)
}

async function inTransaction(
  mutations: readonly Mutation[],
  { collection, notices, following, progress, doubt }: CommitContext,
  options: WriteOptions,
): Promise<void> {
  const streamIds = mutations.map(streamIdOf)
  const deadline = performance.now() + MAX_TRANSACTION_MS
  const concerns = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', journal: true } } as const

  async function attempt(): Promise<void> {
    doubt.isThere = false
    if (performance.now() > deadline) throw new StoreUnavailableError('MongoDB does not get a transaction through')
    if (progress) await following.keep(progress, options)
    const byId = Map.groupBy(await readExact(collection, streamIds, options), (found) => found.stream_id as string)
    const writes = mutations.map((mutation) => planned(mutation, byId.get(streamIdOf(mutation)) ?? [], notices))
    const conflicts = streamIds.filter((_, i) => !writes[i])
    if (conflicts.length > 0) throw new ConflictError(conflicts)
    await collection.bulkWrite(
      writes.flatMap((write) => (write ? bulkOperations(write) : [])),
      options,
    )
    // What follows is the commit of the transaction.
    doubt.isThere = true
  }

  for (let collisions = 0; ; collisions++) {
    try {
      return await options.session.withTransaction(attempt, concerns)
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      if (collisions >= MAX_COLLISIONS) throw new ConflictError(collidingIds(error, streamIds))
    }
  }
}

/** The ids that the server names, else all that could be meant. */
function collidingIds(error: unknown, streamIds: readonly string[]): readonly string[] {
  const writeErrors = (error as { writeErrors?: Document | Document[] }).writeErrors
  const first = Array.isArray(writeErrors) ? writeErrors[0] : writeErrors
  const keyValue = first?.err?.keyValue as Document | undefined
  const named = keyValue && (keyValue.stream_id ?? keyValue._id)
  return streamIds.includes(named) ? [named] : streamIds
}
