import { setTimeout as delay } from 'node:timers/promises'
import { ANY, type StreamFilter } from '../../domain/filter.ts'
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
  StoreUnavailableError,
  type TargetQuery,
  type Totals,
} from '../store.ts'
import { BackgroundCheck, type CheckObserver, isLeftOpen } from './background-check.ts'
import { ChangeBell } from './change-bell.ts'
import { CommitQueue } from './commit-queue.ts'
import { type Connections, openConnections } from './connection.ts'
import { failureInUse } from './failures.ts'
import { FollowingReads, FollowingWrites } from './following.ts'
import { ChangeLog } from './log.ts'
import { KEEP_ALL, type LogRetention } from './log-trimmer.ts'
import { StreamReads } from './reads.ts'
import { SqliteSnapshot } from './snapshot.ts'
import { TombstoneReads } from './tombstones.ts'
import { CommitWriter } from './writer.ts'

export interface SqliteStoreOptions {
  /** How often to look for commits of other processes while somebody watches. Default 20; a look takes a microsecond. */
  readonly pollIntervalMs?: number
  /** How much of the log is kept, for watches to resume from. Default: all of it. */
  readonly logRetention?: Partial<LogRetention>
  /** How long to wait for another process that writes. Default 10,000. */
  readonly lockTimeoutMs?: number
  /** Told once what the opening waits for, where that is locked. Default: nobody. */
  readonly onWaiting?: (what: string) => void
  /** Told of the check in the background that follows where the file was not closed. Default: nobody, and no check. */
  readonly check?: CheckObserver
}

type Effective = Required<Omit<SqliteStoreOptions, 'check' | 'onWaiting'>>

const DEFAULTS: Effective = { pollIntervalMs: 20, logRetention: KEEP_ALL, lockTimeoutMs: 10_000 }

/** Between two tries to open a database that another process is just making. */
const OPENING_RETRY_MS = 20

/**
 * Opens the store in a file, and makes the file and its folder where they are missing.
 *
 * Throws `StoreUnusableError` where the file is something else, or cannot be opened or written; it is then unchanged.
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const effective = { ...DEFAULTS, ...options }
  // Opening it makes good what can be made good, and removes the sign.
  const observer = isLeftOpen(path) ? options.check : undefined
  const deadline = performance.now() + effective.lockTimeoutMs
  for (let isTold = false; ; isTold = true) {
    try {
      return new SqliteStore(path, openConnections(path), effective, observer)
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || performance.now() > deadline) throw error
      if (!isTold) options.onWaiting?.(error.message)
      await delay(OPENING_RETRY_MS)
    }
  }
}

class SqliteStore implements Store {
  readonly capabilities: Capabilities = { watch: true, atomicCommits: true }
  readonly #path: string
  readonly #connections: Connections
  readonly #reads: StreamReads
  readonly #tombstones: TombstoneReads
  readonly #following: FollowingReads
  readonly #followingWrites: FollowingWrites
  readonly #log: ChangeLog
  readonly #bell: ChangeBell
  readonly #queue: CommitQueue
  readonly #snapshots = new Set<SqliteSnapshot>()
  readonly #check: BackgroundCheck | undefined
  #closing: Promise<void> | undefined

  constructor(path: string, connections: Connections, options: Effective, observer: CheckObserver | undefined) {
    const { reader, writer } = connections
    this.#path = path
    this.#connections = connections
    this.#reads = new StreamReads(reader)
    this.#tombstones = new TombstoneReads(reader)
    this.#following = new FollowingReads(reader)
    this.#followingWrites = new FollowingWrites(writer)
    this.#log = new ChangeLog(reader)
    this.#bell = new ChangeBell(reader, options.pollIntervalMs)
    this.#queue = new CommitQueue(writer, new CommitWriter(writer, { ...KEEP_ALL, ...options.logRetention }), {
      path,
      lockTimeoutMs: options.lockTimeoutMs,
      isInPlace: () => connections.isInPlace(),
      onDurable: (revision) => {
        connections.acknowledged.write(Number(revision))
        this.#bell.ring()
      },
    })
    this.#check = observer && new BackgroundCheck(path, observer)
  }

  async get(streamIds: readonly string[], options?: ReadOptions): Promise<Seen<(StoredStream | undefined)[]>> {
    return this.#see(options, () => this.#reads.get(streamIds))
  }

  async find(queries: readonly TargetQuery[], options?: ReadOptions): Promise<Seen<StoredStream[][]>> {
    return this.#see(options, () => this.#reads.find(queries))
  }

  async tombstones(
    streamIds: readonly string[],
    queries: readonly TargetQuery[],
    options?: ReadOptions,
  ): Promise<Seen<Tombstone[]>> {
    return this.#see(options, () => this.#tombstones.find(streamIds, queries))
  }

  async list(
    filter: StreamFilter,
    after: Place | undefined,
    limit: number,
    options?: ReadOptions,
  ): Promise<Seen<StoredStream[]>> {
    return this.#see(options, () => this.#reads.list(filter, after, limit))
  }

  async count(filter: StreamFilter, options?: ReadOptions): Promise<Seen<PlatformCount[]>> {
    return this.#see(options, () => this.#reads.count(filter))
  }

  async revision(options?: ReadOptions): Promise<Revision> {
    return this.#call(options, () => BigInt(this.#log.head()))
  }

  async commit(mutations: readonly Mutation[], options: CommitOptions = {}): Promise<Revision> {
    this.#assertOpen(options)
    const { progress } = options
    return this.#queue.add(mutations, options, progress && (() => this.#followingWrites.keep(progress)))
  }

  async keepPlace(progress: Progress, options: ReadOptions = {}): Promise<void> {
    this.#assertOpen(options)
    await this.#queue.add([], options, () => this.#followingWrites.keep(progress))
  }

  async takeLease(holder: string, durationMs: number, gone?: string): Promise<string> {
    const other = this.#call(undefined, () => this.#following.holder())
    if (other !== undefined && other !== holder && other !== gone) return other
    let taken = holder
    await this.#queue.add([], {}, () => {
      taken = this.#followingWrites.take(holder, durationMs, gone)
    })
    return taken
  }

  async endLease(holder: string): Promise<void> {
    this.#assertOpen(undefined)
    await this.#queue.add([], {}, () => this.#followingWrites.end(holder))
  }

  async placeIn(source: string): Promise<string | undefined> {
    return this.#call(undefined, () => this.#following.placeIn(source))
  }

  async probe(options: ReadOptions = {}): Promise<void> {
    this.#assertOpen(options)
    await this.#queue.add([], options)
  }

  async snapshot(options?: ReadOptions): Promise<Snapshot> {
    return this.#call(options, () => {
      const snapshot = new SqliteSnapshot(this.#path, options?.signal, (ended) => this.#snapshots.delete(ended))
      this.#snapshots.add(snapshot)
      return snapshot
    })
  }

  async totals(options?: ReadOptions): Promise<Totals> {
    const { found, revision } = this.#see(options, () => ({
      cursor: this.#log.cursor(),
      counts: this.#reads.count(ANY),
    }))
    return { ...found, revision }
  }

  async *watch(after: Cursor, options?: ReadOptions): AsyncGenerator<CommitEvent, never, undefined> {
    let revision = this.#call(options, () => this.#log.revisionOf(after))
    const leave = this.#bell.listen()
    try {
      for (;;) {
        const events = this.#call(options, () => this.#log.commitsAfter(revision))
        if (events.length === 0) await this.#bell.wait(options?.signal)
        for (const event of events) {
          yield event
          this.#assertOpen(options)
          revision = Number(event.revision)
        }
      }
    } finally {
      leave()
    }
  }

  look(): void {
    this.#bell.ring()
  }

  async oldestRevision(options?: ReadOptions): Promise<Revision> {
    return this.#call(options, () => BigInt(this.#log.oldest()))
  }

  logSize(): number {
    return this.#call(undefined, () => this.#log.size())
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#queue.close()
    this.#bell.close(new StoreClosedError())
    for (const snapshot of [...this.#snapshots]) snapshot.close()
    // Whoever closes the file last tidies it up, and that shall be this process.
    await this.#check?.stop()
    this.#connections.close()
  }

  /** Reads within one transaction, so that what is found and its revision are of one state. */
  #see<T>(options: ReadOptions | undefined, read: () => T): Seen<T> {
    return this.#call(options, () =>
      this.#reads.inTransaction(() => ({ found: read(), revision: BigInt(this.#log.head()) })),
    )
  }

  #call<T>(options: ReadOptions | undefined, read: () => T): T {
    this.#assertOpen(options)
    try {
      return read()
    } catch (error) {
      throw failureInUse(this.#path, error)
    }
  }

  #assertOpen(options: ReadOptions | undefined): void {
    if (this.#closing) throw new StoreClosedError()
    options?.signal?.throwIfAborted()
  }
}
