import { hash } from 'node:crypto'
import { type Duplicate, duplicatesAmong, ledTo } from '../domain/duplicates.ts'
import { filterable, predicateOf, type StreamFilter } from '../domain/filter.ts'
import { type Target, targetsOf } from '../domain/identity.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import type { Place } from '../domain/place.ts'
import { laterOf, type Revision } from '../domain/revision.ts'
import type { ReadOptions, StoredStream, StoreReads } from '../store/store.ts'
import { MAX_COMPARED, toRows } from './duplicate-rows.ts'
import type { DuplicateQuery, FoundDuplicateRows, FrameCodec } from './rows.ts'

/** Each of a million targets in 32 million bits has one of its own, but for one in 33. */
const BITS = 2 ** 25

/**
 * Looks for streams that seem to be one chat in a store that is not in memory: reads it once, notes what leads to each stream by a
 * bit, and asks the store about what may have been noted before.
 */
export class StoredDuplicates {
  readonly #store: StoreReads
  readonly #codec: FrameCodec
  readonly #query: DuplicateQuery
  readonly #options: ReadOptions | undefined
  readonly #noted = new Uint8Array(BITS / 8)
  readonly #suspects = new Map<string, Target>()
  readonly #asked = new Set<string>()
  readonly #found: Duplicate<StoredStream>[] = []
  #revision: Revision = 0n

  constructor(store: StoreReads, codec: FrameCodec, query: DuplicateQuery, options?: ReadOptions) {
    this.#store = store
    this.#codec = codec
    this.#query = query
    this.#options = options
  }

  async find(): Promise<FoundDuplicateRows> {
    const { filter, limit } = this.#query
    const { platforms, types, accountIds, streamIds } = filter
    // What the store looks for by itself; the rest of the filter is applied to what it finds.
    const roughly: StreamFilter = { platforms, types, accountIds, streamIds }
    let place: Place | undefined
    let isEnd = false
    while (!isEnd && this.#found.length <= limit) {
      const { found, revision } = await this.#store.list(roughly, place, MAX_BATCH, this.#options)
      this.#revision = laterOf(this.#revision, revision)
      for (const { stream } of found) for (const target of targetsOf(stream)) this.#note(target)
      isEnd = found.length < MAX_BATCH
      place = found.at(-1)
      if (isEnd || this.#suspects.size >= MAX_BATCH) await this.#askAbout([...this.#suspects.values()])
    }
    const told = this.#found.slice(0, limit)
    const duplicates = toRows(told, ({ stream, streamId, position }) => {
      const frame = () => this.#codec.encode(stream)
      return { position, streamId, lastActiveTime: stream.lastActiveTime, frame }
    })
    return { duplicates, isCut: !isEnd || this.#found.length > limit, revision: this.#revision }
  }

  #note(target: Target): void {
    const key = `${target.kind} ${target.id}`
    const index = Number.parseInt(hash('md5', key).slice(0, 8), 16) % BITS
    const bit = 1 << (index & 7)
    if ((this.#noted[index >>> 3]! & bit) !== 0 && !this.#asked.has(key)) this.#suspects.set(key, target)
    this.#noted[index >>> 3]! |= bit
  }

  async #askAbout(targets: readonly Target[]): Promise<void> {
    for (const key of this.#suspects.keys()) this.#asked.add(key)
    this.#suspects.clear()
    const isMatch = predicateOf(this.#query.filter)
    for (let start = 0; start < targets.length; start += MAX_BATCH) {
      const some = targets.slice(start, start + MAX_BATCH)
      const { found, revision } = await this.#store.find(
        some.map((target) => ({ target })),
        this.#options,
      )
      this.#revision = laterOf(this.#revision, revision)
      some.forEach((target, index) => {
        const compared = found[index]!.slice(0, MAX_COMPARED).filter(({ stream }) => isMatch(filterable(stream)))
        const chats = compared.flatMap((stored) => ledTo(stored, stored.stream, target))
        this.#found.push(...duplicatesAmong(chats, this.#query.aliases))
      })
    }
  }
}
