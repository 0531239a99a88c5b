import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ChatApiError } from '../domain/errors.ts'
import type { StreamFilter } from '../domain/filter.ts'
import type { Target } from '../domain/identity.ts'
import type { Place } from '../domain/place.ts'
import type { PlatformCount } from '../domain/platform-counts.ts'
import type { ResumePoint } from '../domain/resume-token.ts'
import { laterOf, type Revision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import type { Tombstone } from '../domain/tombstone.ts'
import {
  type Change,
  type CommitEvent,
  type Cursor,
  CursorExpiredError,
  type ReadOptions,
  type Seen,
  StoreDamagedError,
  type StoredStream,
  type StoreFeed,
} from '../store/store.ts'
import type {
  DuplicateQuery,
  FoundDuplicateRows,
  Frame,
  FrameCodec,
  Frames,
  ListState,
  QueriedRows,
  RowQuery,
  Rows,
  Taker,
} from './rows.ts'
import { type Held, Table } from './table.ts'
import type { TableSnapshot } from './table-snapshot.ts'
import { Tombstones } from './tombstones.ts'
import { Waiters } from './waiters.ts'
import type { AppliedChange, AppliedCommit } from './watch/changes.ts'
import type { Audience, Watchable } from './watch/watchable.ts'

/** The longest wait between two attempts to reach a store. */
const LONGEST_RETRY_MS = 30_000
/** What a caller is told to wait while the directory loads. */
const LOADING_RETRY_MS = 1_000

export interface ViewOptions {
  /** How long to wait after a first attempt to reach the store; after each further one twice as long. Default: 250. */
  readonly firstRetryMs?: number
}

/**
 * The streams of a store in memory, fed by nothing but the store's snapshot and its changes. While the store is away it
 * answers from what it last saw.
 */
export class View implements Rows, Watchable {
  readonly #store: StoreFeed
  readonly #log: Logger
  readonly #codec: FrameCodec
  readonly #table: Table
  readonly #tombstones = new Tombstones()
  readonly #waiters = new Waiters()
  /** What is surely held. */
  #revision: Revision = -1n
  /** What may show: more than is surely held only while a snapshot is being taken in. */
  #shown: Revision = -1n
  #changedAt: Revision = -1n
  readonly #loaded = Promise.withResolvers<void>()
  #isLoaded = false
  #progress = ''
  /** When following the store was interrupted; undefined while it goes on. */
  #interruptedAt: number | undefined
  readonly #firstRetryMs: number
  /** Ends the wait between two attempts. */
  #waiting = new AbortController()
  /** Where following stands; undefined while the directory is read. */
  #point: ResumePoint | undefined
  #directoryId = ''
  #audience: Audience | undefined

  constructor(store: StoreFeed, codec: FrameCodec, log: Logger, { firstRetryMs = 250 }: ViewOptions = {}) {
    this.#firstRetryMs = firstRetryMs
    this.#store = store
    this.#log = log
    this.#codec = codec
    this.#table = new Table(codec)
  }

  /** Resolves once the directory is loaded for the first time. */
  get loaded(): Promise<void> {
    return this.#loaded.promise
  }

  /**
   * Follows the store until the signal is aborted. Start, resume and recovery are the same: a snapshot, then changes.
   *
   * Throws `StoreDamagedError` where the directory cannot be loaded, since there is then nothing to answer from.
   */
  async follow(signal: AbortSignal): Promise<void> {
    let cursor: Cursor | undefined
    let retryMs = this.#firstRetryMs
    signal.addEventListener('abort', () => this.hasten(), { once: true })
    while (!signal.aborted) {
      try {
        cursor ??= await this.#load(signal)
        for await (const event of this.#store.watch(cursor, { signal })) {
          const commit = this.#take(event)
          cursor = event.cursor
          if (event.changes.length > 0) this.#changedAt = event.revision
          retryMs = this.#firstRetryMs
          this.#interruptedAt = undefined
          this.#reach(event.revision)
          this.#point = { revision: event.revision, cursor }
          if (commit) this.#audience?.tell(commit, this.#point)
        }
      } catch (error) {
        if (signal.aborted) return
        this.#interruptedAt ??= performance.now()
        const isDamage = error instanceof StoreDamagedError
        if (isDamage && !this.#isLoaded) throw error
        if (error instanceof CursorExpiredError) cursor = undefined
        this.#log[isDamage ? 'error' : 'warn'](
          { err: error },
          cursor ? 'following the store was interrupted and goes on' : 'the directory is read anew',
        )
        this.#waiting = new AbortController()
        await delay(retryMs, undefined, { signal: this.#waiting.signal }).catch(() => {})
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
      }
    }
  }

  /** The store is back: the next attempt to follow it need not wait. */
  hasten(): void {
    this.#waiting.abort()
  }

  /** What is surely held. */
  get revision(): Revision {
    return this.#revision
  }

  /** The revision of the last change that came; -1 where none has come since the directory was loaded. */
  get changedAt(): Revision {
    return this.#changedAt
  }

  /** Has somebody told what changes. */
  set audience(audience: Audience) {
    this.#audience = audience
  }

  /** Where what is held stands in the log of the store. Throws while the directory is read. */
  get point(): ResumePoint {
    if (!this.#point) throw this.#loading()
    return this.#point
  }

  get directoryId(): string {
    return this.#directoryId
  }

  /** The streams that match, as of `point`, to be read bit by bit. */
  snapshot(filter: StreamFilter): TableSnapshot {
    return this.#table.snapshot(filter)
  }

  /** How many streams are held. */
  get size(): number {
    return this.#table.size
  }

  /** For how long the store has not been followed, in seconds: what is held may be as old. */
  get lagSeconds(): number {
    return this.#interruptedAt === undefined ? 0 : (performance.now() - this.#interruptedAt) / 1_000
  }

  assertReady(): void {
    if (!this.#isLoaded) throw this.#loading()
  }

  waitFor(revision: Revision, options: ReadOptions = {}): Promise<void> {
    return this.#waiters.wait(() => revision <= this.#revision, `revision ${revision}`, options)
  }

  waitForStream(stream: Stream, revision: Revision, options: ReadOptions = {}): Promise<void> {
    const frame = this.#codec.encode(stream)
    const isThere = () => revision <= this.#revision || this.#holds(stream.streamId, frame)
    return this.#waiters.wait(isThere, `the stream ${stream.streamId} at revision ${revision}`, options)
  }

  get(streamId: string): Frame | undefined {
    return this.#table.get(streamId)
  }

  getMany(streamIds: readonly string[]): (Frame | undefined)[] {
    return streamIds.map((streamId) => this.#table.get(streamId))
  }

  tombstones(streamId: string): readonly Tombstone[] {
    return this.#tombstones.get(streamId)
  }

  find(target: Target, platform: string | undefined): Frames {
    return this.#table.find(target, platform)
  }

  named(name: string, filter: StreamFilter, limit: number): readonly Frame[] {
    return this.#table.named(name, filter, limit)
  }

  walk(filter: StreamFilter, after: Place | undefined, taker: Taker): Revision {
    this.#table.walk(filter, after, taker)
    return this.#shown
  }

  query(query: RowQuery, { signal }: ReadOptions = {}): Promise<QueriedRows> {
    return this.#table.query(query, signal, (matches) => ({ ...matches, revision: this.#shown }))
  }

  duplicates(query: DuplicateQuery, { signal }: ReadOptions = {}): Promise<FoundDuplicateRows> {
    return this.#table.duplicates(query, signal, (found) => ({ ...found, revision: this.#shown }))
  }

  total(filter: StreamFilter): Seen<number> {
    return { found: this.#table.total(filter), revision: this.#shown }
  }

  count(filter: StreamFilter): Seen<PlatformCount[]> {
    return { found: this.#table.count(filter), revision: this.#shown }
  }

  listState(filter: StreamFilter): ListState {
    return { version: this.#table.listVersion(filter), revision: this.#shown }
  }

  #loading(): ChatApiError {
    return new ChatApiError('DIRECTORY_LOADING', `the directory is still loading${this.#progress}`, {
      retryAfterMs: LOADING_RETRY_MS,
    })
  }

  /** Takes in a commit. Returns what it did, where somebody is to be told. */
  #take({ revision, changes }: CommitEvent): AppliedCommit | undefined {
    for (const { streamId, after, tombstone } of changes) {
      if (tombstone) this.#tombstones.put(tombstone)
      else if (after) this.#tombstones.delete(streamId)
    }
    if (!this.#audience?.isListening) {
      for (const { streamId, after } of changes) this.#apply(streamId, after)
      return undefined
    }
    return { revision, changes: changes.map((change) => this.#applied(change)) }
  }

  #applied({ streamId, after, mergedInto }: Change): AppliedChange {
    const before = this.#table.held(streamId)
    this.#apply(streamId, after)
    const now = this.#table.held(streamId)
    const framed = ({ frame }: Held) => ({ frame, stream: this.#codec.decode(frame) })
    return {
      streamId,
      before: before && framed(before),
      isBeforeKnown: true,
      after: now && framed(now),
      mergedInto,
      position: (now ?? before)?.position,
    }
  }

  /** A stream that cannot be held is told and left out, lest it keep out all that come after it. */
  #apply(streamId: string, after: StoredStream | undefined): void {
    try {
      if (after) this.#table.put(after)
      else this.#table.delete(streamId)
    } catch (error) {
      this.#log.error({ err: error, stream_id: streamId }, 'a stream cannot be held and is left out')
      this.#table.delete(streamId)
    }
  }

  #reach(revision: Revision): void {
    this.#revision = revision
    this.#shown = revision
    this.#waiters.check()
  }

  #holds(streamId: string, frame: Frame): boolean {
    const held = this.#table.get(streamId)
    return held !== undefined && Buffer.compare(held, frame) === 0
  }

  /** Brings the table to the state of a snapshot: also one that holds streams of before a gap in the changes. */
  async #load(signal: AbortSignal): Promise<Cursor> {
    const snapshot = await this.#store.snapshot({ signal })
    this.#point = undefined
    this.#audience?.missed()
    this.#directoryId = snapshot.directoryId
    this.#shown = laterOf(this.#shown, snapshot.revision)
    const gone = new Set(this.#table.streamIds())
    let count = 0
    for await (const batch of snapshot.batches) {
      for (const stored of batch) {
        this.#apply(stored.streamId, stored)
        gone.delete(stored.streamId)
      }
      count += batch.length
      this.#progress = `: ${count} of about ${snapshot.approximateCount} streams`
    }
    for (const streamId of gone) this.#table.delete(streamId)
    this.#tombstones.replace(snapshot.tombstones)
    this.#isLoaded = true
    this.#reach(snapshot.revision)
    this.#point = { revision: snapshot.revision, cursor: snapshot.cursor }
    this.#loaded.resolve()
    this.#log.info({ streams: this.#table.size, revision: String(snapshot.revision) }, 'the directory is loaded')
    return snapshot.cursor
  }
}
