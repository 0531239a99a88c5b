import type { StreamFilter } from '../domain/filter.ts'
import type { Target } from '../domain/identity.ts'
import type { Caller } from '../domain/patience.ts'
import type { Place } from '../domain/place.ts'
import type { PlatformCount } from '../domain/platform-counts.ts'
import type { Revision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import type { Tombstone } from '../domain/tombstone.ts'

/**
 * Where streams are kept. This file is the specification: test/store/contract.ts holds every engine to every sentence.
 *
 * Text is compared byte for byte: by case, without normalisation, without trimming.
 */
export interface Store extends StoreReads, StoreCommits, StoreFeed, StoreFollowing, StoreProbe {
  /** What the engine behind this store can do. Constant for the life of the store. */
  readonly capabilities: Capabilities

  /**
   * Fails calls in flight with `StoreClosedError` unless they are about to succeed, ends watches, releases everything.
   * Later calls throw `StoreClosedError`. Closing twice is fine.
   */
  close(): Promise<void>
}

/** What is stored, as of now. */
export interface StoreReads {
  /**
   * The streams with these ids, in the order asked for. Where no stream has an id, the one that has it for an alias: of
   * several, the first in the order of lists. Undefined where there is none. An id may occur twice.
   */
  get(streamIds: readonly string[], options?: ReadOptions): Promise<Seen<(StoredStream | undefined)[]>>

  /**
   * For each query the streams that its target leads to, as `isLedTo` has it: every platform unless it names one, every
   * account and scope, each stream once, in the order of `byRecency`.
   */
  find(queries: readonly TargetQuery[], options?: ReadOptions): Promise<Seen<StoredStream[][]>>

  /**
   * What is remembered of deleted streams that had one of these ids, as their own or as an alias, or that one of the targets
   * led to: each once, in any order. A stream that is created again under its id is remembered no more.
   */
  tombstones(
    streamIds: readonly string[],
    queries: readonly TargetQuery[],
    options?: ReadOptions,
  ): Promise<Seen<Tombstone[]>>

  /** At most `limit` streams that match `filter`, from behind `after`, in the order of `comparePlaces`. */
  list(
    filter: StreamFilter,
    after: Place | undefined,
    limit: number,
    options?: ReadOptions,
  ): Promise<Seen<StoredStream[]>>

  /** How many of the streams that match `filter` each platform has of each type. Platforms without any are absent. */
  count(filter: StreamFilter, options?: ReadOptions): Promise<Seen<PlatformCount[]>>

  /** The revision of the store now: reads that begin later show every commit up to it. */
  revision(options?: ReadOptions): Promise<Revision>
}

/** How streams are written. */
export interface StoreCommits {
  /**
   * Applies all mutations or none, and returns once they are durable: a process killed, or a primary lost, right after
   * loses nothing. There is at least one mutation, and each stream occurs in one only.
   *
   * Returns the revision from which on `watch` has told of them. Two commits never share a revision.
   *
   * Throws `StoreUnavailableError` where it cannot be made, which says whether it may have happened nevertheless, and
   * `ConflictError` when a mutation expects another state than the stored one; then nothing was applied. On an
   * engine without `atomicCommits` they are applied in their order, and those before the failed one may have been.
   *
   * With `progress` the place is kept as part of the commit; without `atomicCommits`, after it. Throws `LeaseLostError` where
   * its holder has the lease no more; then nothing was applied, without `atomicCommits` nothing at least of the place.
   */
  commit(mutations: readonly Mutation[], options?: CommitOptions): Promise<Revision>

  /** Keeps a place with which nothing has to be written. Throws `LeaseLostError` where its holder has the lease no more. */
  keepPlace(progress: Progress, options?: ReadOptions): Promise<void>
}

/**
 * What a store keeps for whoever follows bots into it, beside the streams. It is no part of its history: `watch` tells nothing
 * of it, and revisions do not count it.
 */
export interface StoreFollowing {
  /**
   * Takes the lease of the store for `durationMs` from now, or renews it. Returns who has it then: another one where its time
   * has not run out, unless that is `gone`, a holder of which the caller knows that it is no more. Who has the lease keeps it
   * until another takes it, also beyond its time.
   */
  takeLease(holder: string, durationMs: number, gone?: string): Promise<string>

  /** Gives the lease back, where the holder has it. */
  endLease(holder: string): Promise<void>

  /** The place in a source that was kept last; undefined where there is none. */
  placeIn(source: string): Promise<string | undefined>
}

/** How far a source has been followed. */
export interface Progress {
  /** Who follows, by the lease. */
  readonly holder: string
  /** What the source is known by. */
  readonly source: string
  /** A text of whoever follows. */
  readonly place: string
}

/** Whether streams can be written. */
export interface StoreProbe {
  /**
   * Returns where a commit would be made now, as far as that can be told without one; throws `StoreUnavailableError`, which
   * says why, where none would. It goes the way of a commit, takes the same locks and waits for the same acknowledgement,
   * and leaves no change behind.
   */
  probe(options?: ReadOptions): Promise<void>
}

/** How a copy of the store is kept. */
export interface StoreFeed {
  /**
   * The whole store as of one revision. The batches are read while they are consumed; abandoning them (return or throw in
   * a `for await`) releases what they hold. Writers are not held up.
   */
  snapshot(options?: ReadOptions): Promise<Snapshot>

  /**
   * How many streams each platform has of each type, exactly, as of one revision. Writers are not held up. Throws
   * `WatchUnsupportedError` where `capabilities.watch` is false.
   */
  totals(options?: ReadOptions): Promise<Totals>

  /**
   * Yields what was committed after the cursor, whoever wrote it: one event for each commit, in revision order, without
   * gap or repeat, all changes of a commit in one event. Goes on forever; ends only by throwing:
   *
   * - `CursorExpiredError`: the log no longer reaches back to the cursor. Take a new snapshot.
   * - `StoreUnavailableError`: the database went away; watching from the last cursor again resumes exactly.
   * - `StoreDamagedError`: the log cannot be read.
   * - `StoreClosedError`: `close` was called.
   * - the signal's reason, once `signal` is aborted.
   * - `WatchUnsupportedError` at once, where `capabilities.watch` is false.
   *
   * Events without changes occur: they carry a newer revision and cursor while nothing is written, or while only things
   * are written that are not streams.
   */
  watch(after: Cursor, options?: ReadOptions): AsyncIterable<CommitEvent>

  /** Another process has committed: watches look for it now, where they would by themselves do so later. */
  look(): void

  /** The oldest revision that a watch can go on from; undefined where that is not known, as of a log that is the database's own. */
  oldestRevision(options?: ReadOptions): Promise<Revision | undefined>

  /** How many changes its log holds, so many of which a watch can go on from; undefined where the log is the database's own. */
  logSize(): number | undefined
}

/** What a read found, and when. */
export interface Seen<T> {
  readonly found: T
  /**
   * No commit after this revision shows in what was found, so whoever holds the store at this revision, or at a later one,
   * holds what was found or something newer. Commits that came while the read was under way may be left out.
   */
  readonly revision: Revision
}

/**
 * A call that gets no answer throws `StoreUnavailableError` while its caller still waits, as `patienceMs` has it; for one
 * that waits as long as it takes, when the engine sees fit.
 */
export interface ReadOptions extends Caller {
  /** Ends the call early with the signal's reason. A commit that was under way may or may not have happened. */
  readonly signal?: AbortSignal
}

export interface CommitOptions extends ReadOptions {
  /** Who writes, for the log of an engine that keeps such. */
  readonly principal?: string
  /** What is written was brought by following a source up to here. */
  readonly progress?: Progress
}

export interface Capabilities {
  /** Whether `watch` works. Without it there is nothing to keep a view with, so reads go to the store. */
  readonly watch: boolean
  /** Whether commits of several mutations are atomic. Commits of one always are. */
  readonly atomicCommits: boolean
}

/** A stream and its place in the order of lists. */
export interface StoredStream extends Place {
  readonly stream: Stream
}

export interface TargetQuery {
  readonly target: Target
  /** Absent means every platform. */
  readonly platform?: string | undefined
}

export type Mutation =
  /** Writes the whole stream. `expect` is the etag of the state it was made from, or null: there must be none yet. */
  | { readonly kind: 'put'; readonly stream: Stream; readonly expect: string | null }
  /**
   * Removes the stream, and remembers that and when it was deleted. `expect` is the etag of the state that is to go, and
   * `deleteTime` not before its last activity.
   */
  | { readonly kind: 'delete'; readonly streamId: string; readonly expect: string; readonly deleteTime: number }
  /**
   * Removes the stream. `mergedInto` is the id of a stream that the same commit puts, before this, with the removed chat
   * among those that were merged into it.
   */
  | { readonly kind: 'merge'; readonly streamId: string; readonly expect: string; readonly mergedInto: string }

export interface Snapshot {
  /**
   * What tells this directory, and the history that its revisions count, from all others. Opaque. The same in every server
   * of the store and after restarts; another one once a backup was restored.
   */
  readonly directoryId: string
  readonly revision: Revision
  /** Watching from here tells of everything after the snapshot. */
  readonly cursor: Cursor
  /** How many streams there are, to show progress by; may be slightly off. */
  readonly approximateCount: number
  /** Every stream once, in the order of `comparePlaces`. No batch is empty or over 1,000 streams. */
  readonly batches: AsyncIterable<StoredStream[]>
  /** What is remembered of all streams that were deleted and are not back. */
  readonly tombstones: readonly Tombstone[]
}

export interface Totals {
  readonly revision: Revision
  /** Watching from here tells of everything that is not counted. */
  readonly cursor: Cursor
  /** Platforms without any are absent. */
  readonly counts: readonly PlatformCount[]
}

/** What an empty store is filled with: streams of another moment, or of another store. */
export interface Restoration {
  /** The revision that they are of. */
  readonly revision: Revision
  /**
   * Every stream once, in the order of `comparePlaces`. They keep their positions, as far as the engine can tell them apart.
   * Nothing is restored where the iteration throws.
   */
  readonly batches: AsyncIterable<readonly StoredStream[]>
}

/** Something that a database lacks to serve as a store. */
export interface StoreProblem {
  readonly problem: string
  /** What mends it; absent where a server does that when it starts. */
  readonly command?: string
}

export interface CommitEvent {
  readonly revision: Revision
  readonly cursor: Cursor
  readonly changes: readonly Change[]
}

export interface Change {
  readonly streamId: string
  /** The state before the change: before the commit, where that changed it several times. */
  readonly before: StateBefore
  /** The state after the change; undefined when the stream was removed. */
  readonly after: StoredStream | undefined
  /** The id of the stream that the removed one was merged into, by the same commit; else undefined. */
  readonly mergedInto?: string | undefined
  /**
   * What is remembered of the stream from now on, where it was deleted by a commit; else undefined. A stream that is there
   * after a change is remembered as deleted no more.
   */
  readonly tombstone?: Tombstone | undefined
}

/** Undefined where there was no such stream; `'unknown'` where the engine cannot tell: its README says when. */
export type StateBefore = StoredStream | undefined | 'unknown'

/** A position in the log of one store, opaque to all but its engine. Survives restarts, and is valid on every server of the store. */
export type Cursor = string

/** What there is to say to anyone where nothing better is known. */
export const UNAVAILABLE = 'the database does not answer, or refuses'

/** The database cannot be reached or refuses to answer for now. Reads may be repeated. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
  /** The message for anyone: without paths, addresses and what else is the operator's. */
  readonly summary: string
  /** Whether the call was a commit that may have happened, or may happen yet. */
  readonly isInDoubt: boolean
  constructor(message: string, { summary = UNAVAILABLE, isInDoubt = false, ...options }: UnavailableOptions = {}) {
    super(message, options)
    this.summary = summary
    this.isInDoubt = isInDoubt
  }
}

interface UnavailableOptions extends ErrorOptions {
  readonly summary?: string
  readonly isInDoubt?: boolean
}

/**
 * What is stored cannot be read: a part of it is damaged. Asking again does not help. The message says what does, in one line.
 */
export class StoreDamagedError extends Error {
  override readonly name = 'StoreDamagedError'
  /** The same in words that anyone may see. */
  readonly summary = 'the database is damaged'
}

/** The store was closed by its owner. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError'
  constructor() {
    super('the store is closed')
  }
}

/** The stored streams are not in the states that the mutations expect. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly streamIds: readonly string[]
  constructor(streamIds: readonly string[]) {
    super(`these streams changed meanwhile: ${streamIds.join(', ')}`)
    this.streamIds = streamIds
  }
}

/** Another process follows into this store. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'
  constructor() {
    super('another process has taken over following into this store')
  }
}

/** The log no longer reaches back to the cursor, or the cursor is of another store. */
export class CursorExpiredError extends Error {
  override readonly name = 'CursorExpiredError'
}

/** The engine cannot tell what changes. The message says what would make it able to. */
export class WatchUnsupportedError extends Error {
  override readonly name = 'WatchUnsupportedError'
}

/** The place named by a store URL is not a store that this version can serve. The message says what it is instead. */
export class StoreUnusableError extends Error {
  override readonly name = 'StoreUnusableError'
}
