import type { Revision } from '../domain/revision.ts'
import type { Stream, Target } from '../domain/stream.ts'
import type { Filter, PlatformCount, ReadOptions, Store } from '../store/store.ts'
import type { Frame, FrameCodec, List, ListRequest, Match, Reader } from './reader.ts'

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

  /** What the store has committed is what it answers. */
  async waitFor(_revision: Revision): Promise<void> {}

  async waitForStream(_stream: Stream): Promise<void> {}

  async get(streamId: string, options?: ReadOptions): Promise<Frame | undefined> {
    const [frame] = await this.getMany([streamId], options)
    return frame
  }

  async getMany(streamIds: readonly string[], options?: ReadOptions): Promise<(Frame | undefined)[]> {
    const found = await this.#store.get(streamIds, options)
    return found.map((stored) => stored && this.#codec.encode(stored.stream))
  }

  async find(target: Target, platform: string | undefined, options?: ReadOptions): Promise<Match | undefined> {
    const [found] = await this.#store.find([{ target, platform }], options)
    const [first, ...others] = found!
    return (
      first && {
        frame: this.#codec.encode(first.stream),
        otherStreamIds: others.map(({ streamId }) => streamId),
      }
    )
  }

  async list({ filter, after, limit, maxBytes }: ListRequest, options?: ReadOptions): Promise<List> {
    const counts = await this.count(options)
    const total = counts
      .filter(({ platform, type }) => matches(filter, platform, type))
      .reduce((sum, { count }) => sum + count, 0)
    const frames: Frame[] = []
    let bytes = 0
    let place = after
    for (;;) {
      const wanted = Math.min(LIST_BATCH, limit + 1 - frames.length)
      const batch = await this.#store.list(filter, place, wanted, options)
      for (const stored of batch) {
        const frame = this.#codec.encode(stored.stream)
        bytes += frame.length
        const isFull = frames.length === limit || (bytes > maxBytes && frames.length > 0)
        if (isFull) return { frames, next: place, total }
        frames.push(frame)
        place = stored
      }
      if (batch.length < wanted) return { frames, next: undefined, total }
    }
  }

  listVersion(): undefined {
    return undefined
  }

  count(options?: ReadOptions): Promise<PlatformCount[]> {
    return this.#store.count(options)
  }
}

function matches(filter: Filter, platform: string, type: PlatformCount['type']): boolean {
  return (
    (filter.platform === undefined || filter.platform === platform) &&
    (filter.type === undefined || filter.type === type)
  )
}
