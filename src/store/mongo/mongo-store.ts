import type { Collection, Db, MongoClient } from 'mongodb'
import { unlessAborted } from '../../domain/aborting.ts'
import type { StreamFilter } from '../../domain/filter.ts'
import type { Place } from '../../domain/place.ts'
import type { PlatformCount } from '../../domain/platform-counts.ts'
import type { Revision } from '../../domain/revision.ts'
import type { Tombstone } from '../../domain/tombstone.ts'
import {
  type Capabilities,
  type CommitEvent,
  type CommitOptions,
  type Cursor,
  type Mutation,
  type Progress,
  type ReadOptions,
  type Seen,
  type Snapshot,
  type Store,
  StoreClosedError,
  type StoredStream,
  type TargetQuery,
  type Totals,
  WatchUnsupportedError,
} from '../store.ts'
import { KnownIds } from './changes.ts'
import { clientOf, dbOf, watchClientOf } from './client.ts'
import { revisionAt } from './cluster-time.ts'
import { type Adopted, adopt, COLLECTION, inspect } from './collection.ts'
import { commit } from './commit.ts'
import { connect } from './connecting.ts'
import { Doubt } from './doubt.ts'
import { translated, translatedAtOpen } from './errors.ts'
import { Following } from './following.ts'
import { type NoticeOptions, Notices } from './notices.ts'
import { nextPosition } from './positions.ts'
import { probe } from './probe.ts'
import type { Reads } from './reading.ts'
import { countStreams, findTargets, findTombstones, getStreams, listStreams, readNothing } from './reads.ts'
import { type Server, serverOf, watchUnsupported } from './server.ts'
import { readThrough, type SnapshotContext, takeSnapshot } from './snapshot.ts'
import { TimeLimit } from './time-limit.ts'
import { countTotals } from './totals.ts'
import { watchCommits } from './watch.ts'

export interface MongoStoreOptions extends NoticeOptions {
  /** The database that holds the streams. Default: the one of the URL, as the driver reads it. */
  readonly database?: string
  /** Makes no collection and no index where one is missing: for runs that only look. Default: false. */
  readonly readOnly?: boolean
  /**
   * Whether reads come to the store call by call, which then has the indexes for it. Default: false; on a server that cannot
   * tell of changes they always do.
   */
  readonly servesReads?: boolean
  /** Told once what the opening waits for, where that cannot be reached at once. */
  readonly onWaiting?: ((what: string) => void) | undefined
}

/** Opens the chats of a bot's database as they are. */
export async function openMongoStore(url: string, options: MongoStoreOptions = {}): Promise<Store> {
  const notices = new Notices(options)
  const client = clientOf(url)
  try {
    await connect(client, options.onWaiting ?? (() => {}))
    const db = dbOf(client, options.database)
    const server = await serverOf(db)
    if (!server.watch) notices.warn(watchUnsupported(server))
    const servesReads = options.servesReads === true || !server.watch
    const takeOn = () => (options.readOnly ? inspect(db) : adopt(db, server, notices, servesReads))
    return new MongoStore(url, client, db, server, await takeOn(), takeOn, notices)
  } catch (error) {
    await client.close().catch(() => {})
    throw translatedAtOpen(error)
  }
}

class MongoStore implements Store {
  readonly capabilities: Capabilities
  readonly #url: string
  readonly #client: MongoClient
  readonly #db: Db
  readonly #collection: Collection
  readonly #server: Server
  readonly #notices: Notices
  readonly #following: Following
  readonly #known = new KnownIds()
  readonly #closing = new AbortController()
  readonly #takeOn: () => Promise<Adopted>
  #adopted: Adopted
  #watchClient: MongoClient | undefined

  constructor(
    url: string,
    client: MongoClient,
    db: Db,
    server: Server,
    adopted: Adopted,
    takeOn: () => Promise<Adopted>,
    notices: Notices,
  ) {
    this.#url = url
    this.#client = client
    this.#db = db
    this.#collection = db.collection(COLLECTION)
    this.#server = server
    this.#adopted = adopted
    this.#takeOn = takeOn
    this.#notices = notices
    this.#following = new Following(db)
    this.capabilities = { watch: server.watch, atomicCommits: server.transactions }
  }

  get(streamIds: readonly string[], options: ReadOptions = {}): Promise<Seen<(StoredStream | undefined)[]>> {
    return this.#see(options, (reads) => getStreams(streamIds, reads))
  }

  find(queries: readonly TargetQuery[], options: ReadOptions = {}): Promise<Seen<StoredStream[][]>> {
    return this.#see(options, (reads) => findTargets(queries, reads))
  }

  tombstones(
    streamIds: readonly string[],
    queries: readonly TargetQuery[],
    options: ReadOptions = {},
  ): Promise<Seen<Tombstone[]>> {
    return this.#see(options, (reads) => findTombstones(streamIds, queries, reads))
  }

  list(
    filter: StreamFilter,
    after: Place | undefined,
    limit: number,
    options: ReadOptions = {},
  ): Promise<Seen<StoredStream[]>> {
    return this.#see(options, (reads) => listStreams(filter, after, limit, reads))
  }

  count(filter: StreamFilter, options: ReadOptions = {}): Promise<Seen<PlatformCount[]>> {
    return this.#see(options, (reads) => countStreams(filter, reads))
  }

  async revision(options: ReadOptions = {}): Promise<Revision> {
    // Any read will do, as long as it has the read concern of all others.
    const { revision } = await this.#see(options, (reads) => readNothing(reads))
    return revision
  }

  async commit(mutations: readonly Mutation[], options: CommitOptions = {}): Promise<Revision> {
    const doubt = new Doubt()
    const context = {
      client: this.#client,
      collection: this.#collection,
      server: this.#server,
      adopted: this.#adopted,
      notices: this.#notices,
      following: this.#following,
      progress: options.progress,
      doubt,
    }
    try {
      return await this.#run(options, (limit) => commit(mutations, { ...context, limit }))
    } catch (error) {
      throw doubt.of(error)
    }
  }

  keepPlace(progress: Progress, options: ReadOptions = {}): Promise<void> {
    return this.#run(options, (signal) => this.#following.keep(progress, { signal }))
  }

  takeLease(holder: string, durationMs: number, gone?: string): Promise<string> {
    return this.#run({}, () => this.#following.take(holder, durationMs, gone))
  }

  endLease(holder: string): Promise<void> {
    return this.#run({}, () => this.#following.end(holder))
  }

  placeIn(source: string): Promise<string | undefined> {
    return this.#run({}, () => this.#following.placeIn(source))
  }

  probe(options: ReadOptions = {}): Promise<void> {
    return this.#run(options, (limit) => probe(this.#collection, limit))
  }

  snapshot(options: ReadOptions = {}): Promise<Snapshot> {
    return this.#run(options, async () => {
      const context = await this.#anew()
      // A collection that is not there, and is not to be made, has no moments either.
      const take = this.#server.watch && this.#adopted.uuid !== '' ? takeSnapshot : readThrough
      const snapshot = await take(context, options.signal)
      return { ...snapshot, batches: this.#iterate(snapshot.batches, options.signal) }
    })
  }

  totals(options: ReadOptions = {}): Promise<Totals> {
    return this.#run(options, async (limit) => {
      if (!this.#server.watch) throw new WatchUnsupportedError(watchUnsupported(this.#server))
      return countTotals(await this.#anew(), anyOf(options.signal, limit))
    })
  }

  watch(after: Cursor, options: ReadOptions = {}): AsyncIterable<CommitEvent> {
    return this.#iterate(this.#watch(after, options.signal), options.signal)
  }

  /** The server tells of each commit by itself. */
  look(): void {}

  async oldestRevision(): Promise<undefined> {
    return undefined
  }

  logSize(): undefined {
    return undefined
  }

  async close(): Promise<void> {
    this.#closing.abort(new StoreClosedError())
    await Promise.all([this.#client.close(), this.#watchClient?.close()])
  }

  async *#watch(after: Cursor, signal: AbortSignal | undefined): AsyncGenerator<CommitEvent> {
    if (!this.#server.watch) throw new WatchUnsupportedError(watchUnsupported(this.#server))
    const client = this.#watching()
    const closing = this.#closing.signal
    const database = this.#db.databaseName
    yield* watchCommits(
      after,
      {
        client,
        database,
        collection: dbOf(client, database).collection(COLLECTION),
        groupsInserts: this.#server.groupsInserts,
        adopted: () => this.#adopted,
        known: this.#known,
        notices: this.#notices,
      },
      signal ? AbortSignal.any([signal, closing]) : closing,
    )
  }

  /** The collection as it is now: the bot may have dropped it and made it anew, and that is then another one. */
  async #anew(): Promise<SnapshotContext> {
    this.#adopted = await this.#takeOn()
    return {
      client: this.#client,
      collection: this.#collection,
      adopted: this.#adopted,
      known: this.#known,
      notices: this.#notices,
    }
  }

  #watching(): MongoClient {
    this.#watchClient ??= watchClientOf(this.#url)
    return this.#watchClient
  }

  #see<T>(options: ReadOptions, read: (reads: Reads) => Promise<T>): Promise<Seen<T>> {
    return this.#run(options, async (limit) => {
      const signal = anyOf(options.signal, limit)
      const session = this.#client.startSession()
      const { unique } = this.#adopted
      try {
        const found = await read({ collection: this.#collection, unique, observer: this.#notices, session, signal })
        return { found, revision: revisionAt(session, nextPosition()) }
      } finally {
        session.endSession().catch(() => {})
      }
    })
  }

  /** @param work is given the signal that ends what takes longer than the caller waits */
  async #run<T>(options: ReadOptions, work: (limit: AbortSignal | undefined) => Promise<T>): Promise<T> {
    const { signal } = options
    const closing = this.#closing.signal
    closing.throwIfAborted()
    signal?.throwIfAborted()
    using limit = new TimeLimit(options)
    try {
      return await unlessAborted(work(limit.signal), [closing, signal, limit.signal])
    } catch (error) {
      throw this.#failure(error, signal)
    }
  }

  /** Leaving the iteration leaves the source; ending it by a signal does not wait for what the source waits for. */
  async *#iterate<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
    const iterator = source[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { done, value } = await this.#run({ ...(signal && { signal }) }, () => iterator.next())
        if (done) return
        yield value
      }
    } finally {
      iterator.return?.()?.catch(() => {})
    }
  }

  #failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (this.#closing.signal.aborted) return this.#closing.signal.reason
    if (signal?.aborted) return signal.reason
    return translated(error)
  }
}

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const present = signals.filter((signal) => signal !== undefined)
  return present.length > 1 ? AbortSignal.any(present) : present[0]
}
