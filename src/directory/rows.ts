import type { DuplicateReason } from '../domain/duplicates.ts'
import type { StreamFilter } from '../domain/filter.ts'
import type { Target } from '../domain/identity.ts'
import type { OrderedPlace, StreamOrder } from '../domain/order.ts'
import type { Place } from '../domain/place.ts'
import type { PlatformAliases } from '../domain/platform.ts'
import type { PlatformCount } from '../domain/platform-counts.ts'
import type { Revision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import type { Tombstone } from '../domain/tombstone.ts'
import type { ReadOptions, Seen } from '../store/store.ts'

/** A stream in the form in which answers carry it, so that answering is putting frames together. */
export type Frame = Uint8Array

/** Converts between streams and frames. The directory knows no wire format: whoever makes the directory brings one. */
export interface FrameCodec {
  encode(stream: Stream): Frame
  decode(frame: Frame): Stream
  /** The stream id within a frame, without decoding the rest. */
  streamId(frame: Frame): string
  /** Likewise its etag. */
  etag(frame: Frame): string
}

/** The frames of several streams; one, which is what there mostly is, is not wrapped. */
export type Frames = Frame | readonly Frame[] | undefined

/** Takes streams one after another, in the order of lists. */
export interface Taker {
  /** How many more it may take at most; infinite where nothing but their size limits it. */
  readonly room: number
  /** Returns false where it did not take the stream and wants no more. */
  take(frame: Frame, position: number): boolean
}

export interface RowQuery {
  readonly filter: StreamFilter
  readonly order: StreamOrder
  readonly after: OrderedPlace | undefined
  /** At most so many streams. */
  readonly limit: number
}

/** Streams of a query, all of one moment. */
export interface QueriedRows {
  readonly rows: readonly QueriedRow[]
  /** Whether there are more behind the last row. */
  readonly isCut: boolean
  /** How many the filter matches in all. */
  readonly total: number
  readonly revision: Revision
}

export interface QueriedRow {
  readonly frame: Frame
  readonly place: OrderedPlace
}

export interface DuplicateQuery {
  /** The streams that are compared. */
  readonly filter: StreamFilter
  readonly aliases: PlatformAliases
  /** At most so many duplicates. */
  readonly limit: number
}

/** Streams that seem to be one chat. */
export interface DuplicateRows {
  readonly reason: DuplicateReason
  /** Most recently active first, at most `MAX_DUPLICATE_STREAMS`. */
  readonly frames: readonly Frame[]
}

/** Duplicates, all of one moment, in the order of the first stream of each. */
export interface FoundDuplicateRows {
  readonly duplicates: readonly DuplicateRows[]
  /** Whether there may be more. */
  readonly isCut: boolean
  readonly revision: Revision
}

export interface ListState {
  /** Grows with every change of the streams that the filter matches. */
  readonly version: number
  readonly revision: Revision
}

/**
 * Where answers have their streams from: out of memory (`View`), or out of the store where it cannot tell of changes
 * (`DirectReader`). What they answer with, `Answers` decides for both.
 */
export interface Rows {
  /** Throws the ChatApiError that says why there is no answer now. */
  assertReady(): void
  /** Returns once the rows hold the revision; throws REVISION_NOT_REACHED after a bounded wait. */
  waitFor(revision: Revision, options?: ReadOptions): Promise<void>
  /**
   * Returns once the rows hold a stream as it was read from the store at a revision: in this very state, or in whatever
   * became of it by that revision or later. Throws REVISION_NOT_REACHED after a bounded wait.
   */
  waitForStream(stream: Stream, revision: Revision, options?: ReadOptions): Promise<void>
  /** The stream with this id, else the one that has it for an alias; undefined where there is none. */
  get(streamId: string, options?: ReadOptions): Frame | undefined | Promise<Frame | undefined>
  /** The same for many ids, in the order asked for. */
  getMany(streamIds: readonly string[], options?: ReadOptions): (Frame | undefined)[] | Promise<(Frame | undefined)[]>
  /** What is remembered of deleted streams to which the id led. */
  tombstones(streamId: string, options?: ReadOptions): readonly Tombstone[] | Promise<readonly Tombstone[]>
  /** The streams to which a group or a private user leads, in any order. */
  find(target: Target, platform: string | undefined, options?: ReadOptions): Frames | Promise<Frames>
  /**
   * At most `limit` of the streams with exactly this name, of those that the filter matches, in any order. Throws
   * QUERY_UNSUPPORTED where that cannot be told.
   */
  named(name: string, filter: StreamFilter, limit: number): readonly Frame[]
  /** Hands over the streams behind a place, until the taker wants no more. Returns the revision that they are of. */
  walk(
    filter: StreamFilter,
    after: Place | undefined,
    taker: Taker,
    options?: ReadOptions,
  ): Revision | Promise<Revision>
  /** The first streams that match behind a place, in an order. Throws QUERY_UNSUPPORTED where that cannot be told. */
  query(query: RowQuery, options?: ReadOptions): Promise<QueriedRows>
  /** Streams that seem to be one chat. */
  duplicates(query: DuplicateQuery, options?: ReadOptions): Promise<FoundDuplicateRows>
  /** How many streams the filter matches. */
  total(filter: StreamFilter, options?: ReadOptions): Seen<number> | Promise<Seen<number>>
  /** How many of the streams that match each platform has of each type. */
  count(filter: StreamFilter, options?: ReadOptions): Seen<PlatformCount[]> | Promise<Seen<PlatformCount[]>>
  /** Where a list stands; undefined where that is not known. */
  listState(filter: StreamFilter): ListState | undefined
}
