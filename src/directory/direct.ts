import { setTimeout as delay } from 'node:timers/promises'
import { ChatApiError } from '../domain/errors.ts'
import { filterable, isByPlatformAndType, predicateOf, type StreamFilter } from '../domain/filter.ts'
import type { Target } from '../domain/identity.ts'
import { compareInOrder, sortKey } from '../domain/order.ts'
import type { Place } from '../domain/place.ts'
import type { PlatformCount } from '../domain/platform-counts.ts'
import { laterOf, type Revision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import type { Tombstone } from '../domain/tombstone.ts'
import type { ReadOptions, Seen, StoredStream, StoreReads } from '../store/store.ts'
import type {
  DuplicateQuery,
  FoundDuplicateRows,
  Frame,
  FrameCodec,
  Frames,
  QueriedRow,
  QueriedRows,
  RowQuery,
  Rows,
  Taker,
} from './rows.ts'
import { StoredDuplicates } from './stored-duplicates.ts'
import type { Totals } from './totals.ts'
import { notReached, waitMs } from './waiters.ts'

/** Between two looks at a store that has not reached a revision. */
const POLL_MS = 50

/** Streams asked of the store at a time while a list is put together. */
const LIST_BATCH = 1_000

const TO_BE_ASKED_ANYTHING = 'to be asked anything, a server needs --reads memory over SQLite or a MongoDB replica set'

/**
 * Reads the streams of each answer from the store: for a store that cannot tell of changes, which a view would need, and for
 * one that is larger than the memory.
 */
export class DirectReader implements Rows {
  readonly #store: StoreReads
  readonly #codec: FrameCodec
  readonly #totals: Totals | undefined
  /** One search at a time, since each reads the whole store. */
  #lastSearch: Promise<unknown> = Promise.resolve()

  /** @param totals is asked before the store is made to count */
  constructor(store: StoreReads, codec: FrameCodec, totals?: Totals) {
    this.#store = store
    this.#codec = codec
    this.#totals = totals
  }

  assertReady(): void {}

  async waitFor(revision: Revision, options: ReadOptions = {}): Promise<void> {
    const limitMs = waitMs(options)
    const deadline = performance.now() + limitMs
    while ((await this.#store.revision(options)) < revision) {
      if (performance.now() > deadline) throw notReached(`revision ${revision}`, limitMs)
      await delay(POLL_MS, undefined, { signal: options.signal })
    }
    await this.#totals?.waitFor(revision, options)
  }

  /** What the store answered once it goes on to answer. */
  async waitForStream(_stream: Stream, _revision: Revision): Promise<void> {}

  async get(streamId: string, options?: ReadOptions): Promise<Frame | undefined> {
    const [frame] = await this.getMany([streamId], options)
    return frame
  }

  async getMany(streamIds: readonly string[], options?: ReadOptions): Promise<(Frame | undefined)[]> {
    const { found } = await this.#store.get(streamIds, options)
    return found.map((stored) => stored && this.#codec.encode(stored.stream))
  }

  async tombstones(streamId: string, options?: ReadOptions): Promise<readonly Tombstone[]> {
    const { found } = await this.#store.tombstones([streamId], [], options)
    return found
  }

  async find(target: Target, platform: string | undefined, options?: ReadOptions): Promise<Frames> {
    const {
      found: [streams],
    } = await this.#store.find([{ target, platform }], options)
    return streams!.map(({ stream }) => this.#codec.encode(stream))
  }

  named(): never {
    throw new ChatApiError(
      'QUERY_UNSUPPORTED',
      `this server reads its database call by call and cannot look for a name; ${TO_BE_ASKED_ANYTHING}`,
    )
  }

  async walk(filter: StreamFilter, after: Place | undefined, taker: Taker, options?: ReadOptions): Promise<Revision> {
    let latest: Revision = 0n
    for (let place = after; ; ) {
      // One more than there is room for tells whether the list goes on.
      const wanted = Math.min(LIST_BATCH, taker.room + 1)
      const { found, revision } = await this.#store.list(filter, place, wanted, options)
      latest = laterOf(latest, revision)
      for (const stored of found) {
        if (!taker.take(this.#codec.encode(stored.stream), stored.position)) return latest
      }
      if (found.length < wanted) return latest
      place = found.at(-1)
    }
  }

  async query(query: RowQuery, options?: ReadOptions): Promise<QueriedRows> {
    const named = await this.#named(query.filter, options)
    if (named) return this.#pageOf(named, query)
    if (!isByPlatformAndType(query.filter) || query.order.by !== 'position') throw unsupported()
    const rows: QueriedRow[] = []
    const codec = this.#codec
    let isCut = false
    const taker = {
      get room() {
        return query.limit - rows.length
      },
      take(frame: Frame, position: number) {
        isCut = rows.length === query.limit
        if (!isCut) rows.push({ frame, place: { key: position, position, streamId: codec.streamId(frame) } })
        return !isCut
      },
    }
    const walkedAt = await this.walk(query.filter, query.after, taker, options)
    const { found: total, revision } = await this.total(query.filter, options)
    return { rows, isCut, total, revision: laterOf(walkedAt, revision) }
  }

  duplicates(query: DuplicateQuery, options?: ReadOptions): Promise<FoundDuplicateRows> {
    const search = this.#lastSearch.then(() => {
      options?.signal?.throwIfAborted()
      return new StoredDuplicates(this.#store, this.#codec, query, options).find()
    })
    this.#lastSearch = search.catch(() => {})
    return search
  }

  async total(filter: StreamFilter, options?: ReadOptions): Promise<Seen<number>> {
    const { found, revision } = await this.count(filter, options)
    return { found: found.reduce((sum, { count }) => sum + count, 0), revision }
  }

  async count(filter: StreamFilter, options?: ReadOptions): Promise<Seen<PlatformCount[]>> {
    return this.#totals?.count(filter) ?? this.#store.count(filter, options)
  }

  listState(): undefined {
    return undefined
  }

  /** The streams that a filter names by their ids, some of which it may refuse; undefined where it names none. */
  async #named(filter: StreamFilter, options?: ReadOptions): Promise<Seen<StoredStream[]> | undefined> {
    const { streamIds, groupIds, userIds } = filter
    if (streamIds) {
      const { found, revision } = await this.#store.get([...new Set(streamIds)], options)
      return { found: found.filter((stored) => stored !== undefined), revision }
    }
    if (!groupIds && !userIds) return undefined
    const groups = [...new Set(groupIds)].map((id) => ({ target: { kind: 'group' as const, id } }))
    const users = [...new Set(userIds)].map((id) => ({ target: { kind: 'private' as const, id } }))
    const { found, revision } = await this.#store.find([...groups, ...users], options)
    return { found: found.flat(), revision }
  }

  #pageOf({ found, revision }: Seen<StoredStream[]>, { filter, order, after, limit }: RowQuery): QueriedRows {
    const isMatch = predicateOf(filter)
    const matching = found
      .filter(({ stream }) => isMatch(filterable(stream)))
      .map(({ stream, streamId, position }) => ({
        stream,
        place: { key: sortKey(order, stream, position), position, streamId },
      }))
      .sort((a, b) => compareInOrder(order, a.place, b.place))
    const behind = after ? matching.filter(({ place }) => compareInOrder(order, place, after) > 0) : matching
    const rows = behind.slice(0, limit).map(({ stream, place }) => ({ frame: this.#codec.encode(stream), place }))
    return { rows, isCut: behind.length > limit, total: matching.length, revision }
  }
}

function unsupported(): ChatApiError {
  return new ChatApiError(
    'QUERY_UNSUPPORTED',
    'this server reads its database call by call and would have to look at all streams: there it can be asked by ' +
      `stream_ids, group_ids or user_ids, or by platforms and types alone in the order of position; ${TO_BE_ASKED_ANYTHING}`,
  )
}
