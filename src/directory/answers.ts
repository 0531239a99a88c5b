import { type ChatApiError, streamDeleted, streamNotFound } from '../domain/errors.ts'
import { ANY, type StreamFilter } from '../domain/filter.ts'
import type { Target } from '../domain/identity.ts'
import { MAX_PAGE_SIZE } from '../domain/limits.ts'
import type { OrderedPlace, StreamOrder } from '../domain/order.ts'
import type { Place } from '../domain/place.ts'
import type { PlatformAliases } from '../domain/platform.ts'
import { laterOf, type Revision } from '../domain/revision.ts'
import { byRecency, type Stream, type StreamType } from '../domain/stream.ts'
import type { ReadOptions } from '../store/store.ts'
import { fitting, MAX_DUPLICATES } from './duplicate-rows.ts'
import { type Candidate, type ResolvePlatform, Resolver } from './resolver.ts'
import type { FoundDuplicateRows, Frame, FrameCodec, Frames, ListState, Rows, Taker } from './rows.ts'
import { whenThere } from './when-there.ts'

/** A stream as an id led to it. */
export interface Named {
  readonly frame: Frame
  readonly streamId: string
  /** Whether the id is an alias and not the stream's own. */
  readonly isAlias: boolean
}

export interface Match {
  readonly frame: Frame
  /** The ids of the further matches, most recently active first. */
  readonly otherStreamIds: readonly string[]
}

export interface ListRequest {
  readonly filter: StreamFilter
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

/** As a list, in an order; without a limit of its own it is at most `MAX_PAGE_SIZE` streams. */
export interface QueryRequest extends Omit<ListRequest, 'after'> {
  readonly order: StreamOrder
  readonly after: OrderedPlace | undefined
}

export interface QueryAnswer extends Omit<List, 'next'> {
  readonly next: OrderedPlace | undefined
}

export interface DuplicatesRequest {
  /** The streams that are compared. */
  readonly filter: StreamFilter
  readonly aliases: PlatformAliases
  /** At most so many bytes; the first two streams still come where they are larger. */
  readonly maxBytes: number
}

/** How many streams there are. */
export interface Summary {
  readonly total: number
  readonly byType: Readonly<Record<StreamType, number>>
  readonly byPlatform: ReadonlyMap<string, number>
  readonly revision: Revision
}

const NONE: readonly string[] = []

/**
 * What is answered, wherever the streams come from: which of several is meant, where a page ends, what a total counts. It
 * answers at once where its rows do.
 */
export class Answers {
  readonly #rows: Rows
  readonly #codec: FrameCodec

  constructor(rows: Rows, codec: FrameCodec) {
    this.#rows = rows
    this.#codec = codec
  }

  /** Throws the ChatApiError that says why there is no answer now. */
  assertReady(): void {
    this.#rows.assertReady()
  }

  /** Returns once answers hold the revision; throws REVISION_NOT_REACHED after a bounded wait. */
  waitFor(revision: Revision, options?: ReadOptions): Promise<void> {
    return this.#rows.waitFor(revision, options)
  }

  /** Returns once answers hold what was read of a stream at a revision, or what became of it; as `waitFor` does. */
  waitForStream(stream: Stream, revision: Revision, options?: ReadOptions): Promise<void> {
    return this.#rows.waitForStream(stream, revision, options)
  }

  /** The stream that an id, its own or an alias, leads to; undefined where there is none. */
  get(streamId: string, options?: ReadOptions): Named | undefined | Promise<Named | undefined> {
    return whenThere(this.#rows.get(streamId, options), (frame) => frame && this.#named(frame, streamId))
  }

  /** The same for many ids, in the order asked for. */
  getMany(streamIds: readonly string[], options?: ReadOptions): (Named | undefined)[] | Promise<(Named | undefined)[]> {
    return whenThere(this.#rows.getMany(streamIds, options), (frames) =>
      frames.map((frame, index) => frame && this.#named(frame, streamIds[index]!)),
    )
  }

  /** Why an id leads nowhere: there was no such stream, as far as is known, or it was deleted. */
  missing(streamId: string, options?: ReadOptions): ChatApiError | Promise<ChatApiError> {
    return whenThere(this.#rows.tombstones(streamId, options), ({ length }) =>
      length > 0 ? streamDeleted(streamId) : streamNotFound(streamId),
    )
  }

  /** The most recently active stream of a group or of a private user; undefined where there is none. */
  find(
    target: Target,
    platform: string | undefined,
    options?: ReadOptions,
  ): Match | undefined | Promise<Match | undefined> {
    return whenThere(this.#rows.find(target, platform, options), (found) => this.#latest(found))
  }

  list({ filter, after, limit, maxBytes }: ListRequest, options?: ReadOptions): List | Promise<List> {
    const page = new Page(limit, maxBytes)
    return whenThere(this.#rows.walk(filter, after, page, options), (walkedAt) =>
      whenThere(this.#rows.total(filter, options), ({ found: total, revision }) => ({
        frames: page.frames,
        next: page.isCut ? { position: page.position, streamId: this.#codec.streamId(page.frames.at(-1)!) } : undefined,
        total,
        revision: laterOf(walkedAt, revision),
      })),
    )
  }

  /** The first streams behind a place in an order; throws QUERY_UNSUPPORTED where they cannot be told. */
  async query(request: QueryRequest, options?: ReadOptions): Promise<QueryAnswer> {
    const { order, after, maxBytes } = request
    const filter = await this.#byOwnIds(request.filter, options)
    const limit = Math.min(request.limit, MAX_PAGE_SIZE)
    const { rows, isCut, total, revision } = await this.#rows.query({ filter, order, after, limit }, options)
    const page = new Page(limit, maxBytes)
    for (const { frame, place } of rows) if (!page.take(frame, place.position)) break
    const { frames } = page
    return { frames, next: isCut || page.isCut ? rows[frames.length - 1]?.place : undefined, total, revision }
  }

  /** Streams that seem to be one chat: at most `MAX_DUPLICATES` times two or more. */
  async duplicates({ maxBytes, ...request }: DuplicatesRequest, options?: ReadOptions): Promise<FoundDuplicateRows> {
    const filter = await this.#byOwnIds(request.filter, options)
    const found = await this.#rows.duplicates({ ...request, filter, limit: MAX_DUPLICATES }, options)
    const duplicates = fitting(found.duplicates, maxBytes)
    return { ...found, duplicates, isCut: found.isCut || duplicates.length < found.duplicates.length }
  }

  /** The streams that a text may mean, at most `MAX_CANDIDATES` of them. */
  resolve(
    text: string,
    platform: ResolvePlatform,
    aliases: PlatformAliases,
    options?: ReadOptions,
  ): Promise<Candidate[]> {
    return new Resolver(this.#rows, this.#codec).candidates(text, platform, aliases, options)
  }

  /** Where a list stands; undefined where that is not known. */
  listState(filter: StreamFilter): ListState | undefined {
    return this.#rows.listState(filter)
  }

  summary(options?: ReadOptions): Summary | Promise<Summary> {
    return whenThere(this.#rows.count(ANY, options), ({ found, revision }) => {
      const byType = { group: 0, private: 0, unknown: 0 }
      const byPlatform = new Map<string, number>()
      let total = 0
      for (const { platform, type, count } of found) {
        total += count
        byType[type] += count
        byPlatform.set(platform, (byPlatform.get(platform) ?? 0) + count)
      }
      return { total, byType, byPlatform, revision }
    })
  }

  /** The same filter with the streams' own ids in the place of aliases. */
  async #byOwnIds(filter: StreamFilter, options?: ReadOptions): Promise<StreamFilter> {
    const ownIds = async (streamIds: readonly string[] | undefined) => {
      if (!streamIds) return undefined
      const found = await this.getMany(streamIds, options)
      return found.filter((named) => named !== undefined).map(({ streamId }) => streamId)
    }
    const { streamIds, excludeStreamIds } = filter
    if (!streamIds && !excludeStreamIds) return filter
    return {
      ...filter,
      streamIds: await ownIds(streamIds),
      excludeStreamIds: await ownIds(excludeStreamIds),
    }
  }

  #named(frame: Frame, askedId: string): Named {
    const streamId = this.#codec.streamId(frame)
    return { frame, streamId, isAlias: streamId !== askedId }
  }

  #latest(found: Frames): Match | undefined {
    if (found === undefined) return undefined
    if (!Array.isArray(found)) return { frame: found as Frame, otherStreamIds: NONE }
    const [first, ...others] = (found as readonly Frame[])
      .map((frame) => ({ frame, stream: this.#codec.decode(frame) }))
      .sort((a, b) => byRecency(a.stream, b.stream))
    return first && { frame: first.frame, otherStreamIds: others.map(({ stream }) => stream.streamId) }
  }
}

/** Takes as many streams as a page may hold. */
class Page implements Taker {
  readonly frames: Frame[] = []
  /** The position of the last stream that was taken. */
  position = -1
  /** Whether there was a stream that found no room. */
  isCut = false
  readonly #limit: number
  readonly #maxBytes: number
  #bytes = 0

  constructor(limit: number, maxBytes: number) {
    this.#limit = limit
    this.#maxBytes = maxBytes
  }

  get room(): number {
    return this.#limit - this.frames.length
  }

  take(frame: Frame, position: number): boolean {
    this.#bytes += frame.length
    if (this.frames.length === this.#limit || (this.#bytes > this.#maxBytes && this.frames.length > 0)) {
      this.isCut = true
      return false
    }
    this.frames.push(frame)
    this.position = position
    return true
  }
}
