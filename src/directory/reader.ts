import type { Revision } from '../domain/revision.ts'
import type { Stream, Target } from '../domain/stream.ts'
import type { Filter, Place, PlatformCount, ReadOptions, Seen } from '../store/store.ts'

/** A stream in the form in which answers carry it, so that answering is putting frames together. */
export type Frame = Uint8Array

/** Converts between streams and frames. The directory knows no wire format: whoever makes the directory brings one. */
export interface FrameCodec {
  encode(stream: Stream): Frame
  decode(frame: Frame): Stream
  /** The stream id within a frame, without decoding the rest. */
  streamId(frame: Frame): string
}

export interface Match {
  readonly frame: Frame
  /** The ids of the further matches, most recently active first. */
  readonly otherStreamIds: readonly string[]
}

export interface ListRequest {
  readonly filter: Filter
  readonly after: Place | undefined
  /** At most so many streams. */
  readonly limit: number
  /** At most so many bytes of frames; a single larger frame still comes. */
  readonly maxBytes: number
}

export interface List {
  readonly frames: readonly Frame[]
  /** Where the next page starts; undefined at the end of the list. */
  readonly next: Place | undefined
  /** How many streams the filter matches in all. */
  readonly total: number
  readonly revision: Revision
}

export interface ListState {
  /** Grows with every change of the streams that the filter matches. */
  readonly version: number
  readonly revision: Revision
}

/** Answers questions about streams: out of memory (`View`), or out of the store where it cannot tell of changes. */
export interface Reader {
  /** Throws the ChatApiError that says why the reader cannot answer now. */
  assertReady(): void
  /** Returns once the reader holds the revision; throws REVISION_NOT_REACHED after a bounded wait. */
  waitFor(revision: Revision, options?: ReadOptions): Promise<void>
  /**
   * Returns once the reader holds a stream as it was read from the store at a revision: in this very state, or in whatever
   * became of it by that revision or later. Throws REVISION_NOT_REACHED after a bounded wait.
   */
  waitForStream(stream: Stream, revision: Revision, options?: ReadOptions): Promise<void>
  get(streamId: string, options?: ReadOptions): Frame | undefined | Promise<Frame | undefined>
  /** The streams with these ids, in the order asked for; undefined where there is none. */
  getMany(streamIds: readonly string[], options?: ReadOptions): (Frame | undefined)[] | Promise<(Frame | undefined)[]>
  /** The streams of a group or of a private user; undefined where there is none. */
  find(
    target: Target,
    platform: string | undefined,
    options?: ReadOptions,
  ): Match | undefined | Promise<Match | undefined>
  list(request: ListRequest, options?: ReadOptions): List | Promise<List>
  /** Where a list stands; undefined where the reader does not know. */
  listState(filter: Filter): ListState | undefined
  count(options?: ReadOptions): Seen<PlatformCount[]> | Promise<Seen<PlatformCount[]>>
}
