import { setTimeout as delay } from 'node:timers/promises'
import { laterOf, type Revision } from '../domain/revision.ts'
import type { Stream, Target } from '../domain/stream.ts'
import type { Filter, PlatformCount, ReadOptions, Seen, Store } from '../store/store.ts'
import type { Frame, FrameCodec, List, ListRequest, Match, Reader } from './reader.ts'
import { MAX_WAIT_MS, notReached } from './waiters.ts'

/** Between two looks at a store that has not reached a revision. */
const POLL_MS = 50

/** Streams asked of the store at a time while a list is put together. */
const LIST_BATCH = 1_000

/** Reads each answer from the store: for a store that cannot tell of changes, which a view would need. */
export class DirectReader implements Reader {
  readonly #store: Store
  readonly #codec: FrameCodec

  constructor(store: Store, codec: FrameCodec) {
    this.#store = store
    this.#codec = codec
  }

  assertReady(): void {}

  async waitFor(revision: Revision, { signal }: ReadOptions = {}): Promise<void> {
    const deadline = performance.now() + MAX_WAIT_MS
    while ((await this.#store.revision(signal && { signal })) < revision) {
      if (performance.now() > deadline) throw notReached(`revision ${revision}`)
      await delay(POLL_MS, undefined, { signal })
    }
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

  async find(target: Target, platform: string | undefined, options?: ReadOptions): Promise<Match | undefined> {
    const {
      found: [matches],
    } = await this.#store.find([{ target, platform }], options)
    const [first, ...others] = matches!
    return (
      first && {
        frame: this.#codec.encode(first.stream),
        otherStreamIds: others.map(({ streamId }) => streamId),
      }
    )
  }

  async list({ filter, after, limit, maxBytes }: ListRequest, options?: ReadOptions): Promise<List> {
    const counts = await this.count(options)
    let { revision } = counts
    const total = counts.found
      .filter(({ platform, type }) => matches(filter, platform, type))
      .reduce((sum, { count }) => sum + count, 0)
    const frames: Frame[] = []
    let bytes = 0
    let place = after
    for (;;) {
      const wanted = Math.min(LIST_BATCH, limit + 1 - frames.length)
      const { found: batch, revision: ofBatch } = await this.#store.list(filter, place, wanted, options)
      revision = laterOf(revision, ofBatch)
      for (const stored of batch) {
        const frame = this.#codec.encode(stored.stream)
        bytes += frame.length
        const isFull = frames.length === limit || (bytes > maxBytes && frames.length > 0)
        if (isFull) return { frames, next: place, total, revision }
        frames.push(frame)
        place = stored
      }
      if (batch.length < wanted) return { frames, next: undefined, total, revision }
    }
  }

  listState(): undefined {
    return undefined
  }

  count(options?: ReadOptions): Promise<Seen<PlatformCount[]>> {
    return this.#store.count(options)
  }
}

function matches(filter: Filter, platform: string, type: PlatformCount['type']): boolean {
  return (
    (filter.platform === undefined || filter.platform === platform) &&
    (filter.type === undefined || filter.type === type)
  )
}
