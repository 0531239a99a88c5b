import { isInScope, narrowed, type Scope } from '../domain/access.ts'
import type { StreamFilter } from '../domain/filter.ts'
import type { Target } from '../domain/identity.ts'
import type { Place } from '../domain/place.ts'
import type { PlatformCount } from '../domain/platform-counts.ts'
import type { Revision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import type { Tombstone } from '../domain/tombstone.ts'
import type { ReadOptions, Seen } from '../store/store.ts'
import type {
  DuplicateQuery,
  FoundDuplicateRows,
  Frame,
  FrameCodec,
  Frames,
  QueriedRows,
  RowQuery,
  Rows,
  Taker,
} from './rows.ts'
import { whenThere } from './when-there.ts'

/**
 * The rows within a scope, as though there were no others. Whatever is answered comes through here, so nothing that is
 * built on rows can show more.
 */
export class ScopedRows implements Rows {
  readonly #rows: Rows
  readonly #codec: FrameCodec
  readonly #scope: Scope

  constructor(rows: Rows, codec: FrameCodec, scope: Scope) {
    this.#rows = rows
    this.#codec = codec
    this.#scope = scope
  }

  assertReady(): void {
    this.#rows.assertReady()
  }

  waitFor(revision: Revision, options?: ReadOptions): Promise<void> {
    return this.#rows.waitFor(revision, options)
  }

  waitForStream(stream: Stream, revision: Revision, options?: ReadOptions): Promise<void> {
    return this.#rows.waitForStream(stream, revision, options)
  }

  get(streamId: string, options?: ReadOptions): Frame | undefined | Promise<Frame | undefined> {
    return whenThere(this.#rows.get(streamId, options), (frame) => this.#visible(frame))
  }

  getMany(streamIds: readonly string[], options?: ReadOptions): (Frame | undefined)[] | Promise<(Frame | undefined)[]> {
    return whenThere(this.#rows.getMany(streamIds, options), (frames) => frames.map((frame) => this.#visible(frame)))
  }

  tombstones(streamId: string, options?: ReadOptions): readonly Tombstone[] | Promise<readonly Tombstone[]> {
    return whenThere(this.#rows.tombstones(streamId, options), (found) =>
      found.filter((tombstone) => isInScope(this.#scope, tombstone)),
    )
  }

  find(target: Target, platform: string | undefined, options?: ReadOptions): Frames | Promise<Frames> {
    return whenThere(this.#rows.find(target, platform, options), (found) => {
      if (!Array.isArray(found)) return this.#visible(found as Frame | undefined)
      return (found as readonly Frame[]).filter((frame) => this.#visible(frame))
    })
  }

  named(name: string, filter: StreamFilter, limit: number): readonly Frame[] {
    return this.#rows.named(name, narrowed(filter, this.#scope), limit)
  }

  walk(
    filter: StreamFilter,
    after: Place | undefined,
    taker: Taker,
    options?: ReadOptions,
  ): Revision | Promise<Revision> {
    return this.#rows.walk(narrowed(filter, this.#scope), after, taker, options)
  }

  query(query: RowQuery, options?: ReadOptions): Promise<QueriedRows> {
    return this.#rows.query({ ...query, filter: narrowed(query.filter, this.#scope) }, options)
  }

  duplicates(query: DuplicateQuery, options?: ReadOptions): Promise<FoundDuplicateRows> {
    return this.#rows.duplicates({ ...query, filter: narrowed(query.filter, this.#scope) }, options)
  }

  total(filter: StreamFilter, options?: ReadOptions): Seen<number> | Promise<Seen<number>> {
    return this.#rows.total(narrowed(filter, this.#scope), options)
  }

  count(filter: StreamFilter, options?: ReadOptions): Seen<PlatformCount[]> | Promise<Seen<PlatformCount[]>> {
    return this.#rows.count(narrowed(filter, this.#scope), options)
  }

  /** Lists that are kept are those of whoever sees everything. */
  listState(): undefined {
    return undefined
  }

  #visible(frame: Frame | undefined): Frame | undefined {
    return frame && isInScope(this.#scope, this.#codec.decode(frame)) ? frame : undefined
  }
}
