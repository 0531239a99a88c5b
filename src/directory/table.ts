import { type LedTo, ledTo } from '../domain/duplicates.ts'
import {
  asksForNothing,
  isByPlatformAndType,
  type Predicate,
  predicateOf,
  type StreamFilter,
} from '../domain/filter.ts'
import { isLedTo, type Target, targetOf, targetsOf } from '../domain/identity.ts'
import { beginning, folded, isSearchable, namesOf, searchableNames, sortedName } from '../domain/names.ts'
import { comparePlaces, type Place } from '../domain/place.ts'
import type { PlatformCount } from '../domain/platform-counts.ts'
import { compareText, type Stream, type StreamType, streamType } from '../domain/stream.ts'
import type { StoredStream } from '../store/store.ts'
import { Columns } from './columns.ts'
import { MAX_COMPARED, type Tellable, toRows } from './duplicate-rows.ts'
import { DuplicateSearch, type SharedTargets } from './duplicate-search.ts'
import { LoopTurns } from './loop-turns.ts'
import { NameIndex } from './name-index.ts'
import { NameSegments } from './name-segments.ts'
import { PartedMap } from './parted-map.ts'
import { Row } from './row.ts'
import type {
  DuplicateQuery,
  FoundDuplicateRows,
  Frame,
  FrameCodec,
  Frames,
  QueriedRows,
  RowQuery,
  Taker,
} from './rows.ts'
import { FEW, Search, type Searched, type SearchRequest, type SlotTest } from './search.ts'
import { Slab } from './slab.ts'
import { SlotIndex } from './slot-index.ts'
import { SlotList } from './slot-list.ts'
import type { Entry } from './sorted-page.ts'
import { type Slots, TableSnapshot } from './table-snapshot.ts'
import { TargetIndex } from './target-index.ts'

const NO_SLOTS = new Uint32Array()

/** A stream, and its place in the order of lists. */
export interface Held {
  readonly frame: Frame
  readonly position: number
}

const TYPES: readonly StreamType[] = ['group', 'private', 'unknown']

interface Lists {
  readonly all: SlotList
  readonly byType: Readonly<Record<StreamType, SlotList>>
}

type FoundRows = Omit<QueriedRows, 'revision'>

/**
 * Streams in memory: by id, by target, and in the order of lists. A stream has a slot, a small integer; what is known of it
 * stands in columns at the slot, its frame in a slab. About 500 bytes a stream, most of them the frame and the two keys.
 */
export class Table {
  readonly #codec: FrameCodec
  readonly #slab = new Slab()
  readonly #byId = new PartedMap<number>()
  readonly #byTarget = new TargetIndex()
  readonly #byAlias = new SlotIndex()
  readonly #byName = new NameIndex()
  readonly #platforms = new Map<string, Lists>()
  readonly #everywhere: Lists
  readonly #columns = new Columns()
  readonly #names = new NameSegments()
  readonly #searches = new Set<Search>()
  readonly #duplicateSearches = new Set<DuplicateSearch>()
  readonly #turns = new LoopTurns()
  readonly #row: Row
  readonly #order = (a: number, b: number) => {
    const { positions } = this.#columns
    return positions[a]! - positions[b]! || compareText(this.#streamId(a), this.#streamId(b))
  }
  readonly #searched: Searched
  /** Those that are being read. */
  readonly #snapshots = new Set<TableSnapshot>()
  readonly #slots: Slots = {
    at: (slot, isMatch) => ({
      frame: this.#frame(slot),
      position: this.#columns.positions[slot]!,
      isMatch: isMatch === undefined || isMatch(this.#row.at(slot)),
    }),
    forget: (snapshot) => this.#snapshots.delete(snapshot),
  }

  constructor(codec: FrameCodec) {
    this.#codec = codec
    this.#everywhere = this.#newLists()
    this.#row = new Row(this.#columns, codec, (slot) => this.#frame(slot))
    this.#searched = this.#newSearched()
  }

  get size(): number {
    return this.#byId.size
  }

  /** Writes a stream, new or known. Returns the frame that it replaces, also an equal one; undefined where there was none. */
  put({ stream, streamId, position }: StoredStream): Frame | undefined {
    const frame = this.#codec.encode(stream)
    const slot = this.#byId.get(streamId)
    if (slot === undefined) {
      this.#insert(stream, frame, position)
      return undefined
    }
    const oldFrame = this.#frame(slot)
    if (Buffer.compare(oldFrame, frame) === 0 && this.#columns.positions[slot] === position) return oldFrame
    const old = this.#codec.decode(oldFrame)
    if (this.#columns.positions[slot] === position && isIndexedAlike(old, stream)) {
      this.#changing(slot)
      this.#replaceFrame(slot, frame)
      this.#columns.release(slot)
      this.#columns.set(slot, stream)
      if (searchableNames(old) !== searchableNames(stream)) {
        this.#names.set(slot, folded(searchableNames(stream)))
        this.#byName.remove(slot, old)
        this.#byName.add(slot, stream)
      }
      for (const list of this.#listsOf(stream)) list.touch()
      this.#tell(slot, stream)
    } else {
      this.#remove(slot, old)
      this.#insert(stream, frame, position)
    }
    return oldFrame
  }

  /** Removes a stream. Returns its frame; undefined where there was none. */
  delete(streamId: string): Frame | undefined {
    const slot = this.#byId.get(streamId)
    if (slot === undefined) return undefined
    const frame = this.#frame(slot)
    this.#remove(slot, this.#codec.decode(frame))
    return frame
  }

  /** The stream with this id, else the one that has it for an alias: of several, the first in the order of lists. */
  get(streamId: string): Frame | undefined {
    const slot = this.#byId.get(streamId) ?? this.#aliased(streamId)
    return slot === undefined ? undefined : this.#frame(slot)
  }

  find(target: Target, platform: string | undefined): Frames {
    const slots = this.#byTarget.get(target)
    if (slots === undefined) return undefined
    if (typeof slots === 'number') return this.#isLedTo(slots, target, platform) ? this.#frame(slots) : undefined
    return slots.filter((slot) => this.#isLedTo(slot, target, platform)).map((slot) => this.#frame(slot))
  }

  /** At most `limit` of the streams with exactly this name, of those that the filter matches. */
  named(name: string, filter: StreamFilter, limit: number): readonly Frame[] {
    const isMatch = predicateOf(filter)
    const folding = folded(name)
    const found: Frame[] = []
    for (const slot of this.#byName.get(name)) {
      if (found.length === limit) break
      // A look at the names, which are at hand, saves most of the decoding.
      if (!isMatch(this.#row.at(slot)) || !this.#names.get(slot).includes(folding)) continue
      if (namesOf(this.#row.at(slot).stream).includes(name)) found.push(this.#frame(slot))
    }
    return found
  }

  /** Hands over the streams that match, from behind a place, until the taker wants no more. */
  walk(filter: StreamFilter, after: Place | undefined, taker: Taker): void {
    const list = this.#narrowest(filter)
    if (!list) return
    const isMatch = this.#predicate(filter)
    const start = after ? list.search((slot) => comparePlaces(this.#place(slot), after) <= 0) : 0
    for (let index = start; index < list.length; index++) {
      const slot = list.at(index)
      if (isMatch && !isMatch(this.#row.at(slot))) continue
      if (!taker.take(this.#frame(slot), this.#columns.positions[slot]!)) return
    }
  }

  /**
   * Looks for the first streams behind a place in an order, and for how many match.
   *
   * @param answer is called at the moment that all of it is of
   */
  async query<T>(query: RowQuery, signal: AbortSignal | undefined, answer: (found: FoundRows) => T): Promise<T> {
    const { filter, order, after, limit } = query
    const list = order.by === 'position' && !order.isDescending ? this.#narrowest(filter) : undefined
    if (list && !this.#predicate(filter)) return answer(this.#pageOf(list, query))
    const toRow = (entry: Entry) => ({ frame: this.#frame(entry.slot), place: entry })
    for (;;) {
      const request = { order, after, limit, ...this.#suspects(filter) }
      const search = new Search(request, this.#searched, this.#turns)
      this.#searches.add(search)
      try {
        const found = await search.run(signal, ({ entries, isCut, total }) =>
          entries.length === 0 && isCut ? undefined : { answer: answer({ rows: entries.map(toRow), isCut, total }) },
        )
        // Else what was found is all gone by now, but for what there was no room for.
        if (found) return found.answer
      } finally {
        this.#searches.delete(search)
      }
    }
  }

  /**
   * Looks for streams that seem to be one chat.
   *
   * @param answer is called at the moment that all of it is of
   */
  async duplicates<T>(
    { filter, aliases, limit }: DuplicateQuery,
    signal: AbortSignal | undefined,
    answer: (found: Omit<FoundDuplicateRows, 'revision'>) => T,
  ): Promise<T> {
    const search = new DuplicateSearch(this.#sharedBy(filter), aliases, limit, this.#turns)
    this.#duplicateSearches.add(search)
    try {
      return await search.run(signal, ({ duplicates, isCut }) =>
        answer({ duplicates: toRows(duplicates, (slot) => this.#tellable(slot)), isCut }),
      )
    } finally {
      this.#duplicateSearches.delete(search)
    }
  }

  /** How many streams match. */
  total(filter: StreamFilter): number {
    const list = this.#narrowest(filter)
    if (!list) return 0
    const isMatch = this.#predicate(filter)
    if (!isMatch) return list.length
    let total = 0
    for (let index = 0; index < list.length; index++) if (isMatch(this.#row.at(list.at(index)))) total++
    return total
  }

  /** Grows with every change of the streams that match, and maybe of others. */
  listVersion(filter: StreamFilter): number {
    return this.#narrowest(filter)?.version ?? 0
  }

  /** How many of the streams that match each platform has of each type. Platforms without any are absent. */
  count(filter: StreamFilter): PlatformCount[] {
    const platforms = [...this.#platforms.keys()].filter((platform) => filter.platforms?.includes(platform) ?? true)
    const types = TYPES.filter((type) => filter.types?.includes(type) ?? true)
    return platforms
      .flatMap((platform) => types.map((type) => ({ platform, type })))
      .map(({ platform, type }) => {
        return { platform, type, count: this.total({ ...filter, platforms: [platform], types: [type] }) }
      })
      .filter(({ count }) => count > 0)
  }

  /** The streams that match, as of now, to be read while the table goes on changing. */
  snapshot(filter: StreamFilter): TableSnapshot {
    const snapshot = new TableSnapshot(
      this.#slots,
      this.#narrowest(filter)?.copy() ?? NO_SLOTS,
      this.#predicate(filter),
    )
    this.#snapshots.add(snapshot)
    return snapshot
  }

  /** A stream by its own id, and its place; undefined where there is none. */
  held(streamId: string): Held | undefined {
    const slot = this.#byId.get(streamId)
    return slot === undefined ? undefined : { frame: this.#frame(slot), position: this.#columns.positions[slot]! }
  }

  streamIds(): IterableIterator<string> {
    return this.#byId.keys()
  }

  #insert(stream: Stream, frame: Frame, position: number): void {
    const slot = this.#columns.newSlot()
    this.#setFrame(slot, frame)
    this.#columns.positions[slot] = position
    this.#columns.set(slot, stream)
    this.#names.set(slot, folded(searchableNames(stream)))
    this.#byId.set(stream.streamId, slot)
    this.#byTarget.add(slot, stream)
    for (const aliasId of stream.aliasIds) this.#byAlias.add(aliasId, slot)
    this.#byName.add(slot, stream)
    for (const list of this.#listsOf(stream)) list.add(slot)
    this.#tell(slot, stream)
  }

  #changing(slot: number): void {
    for (const snapshot of this.#snapshots) snapshot.keep(slot)
  }

  #remove(slot: number, stream: Stream): void {
    this.#changing(slot)
    for (const list of this.#listsOf(stream)) list.remove(slot)
    this.#byTarget.remove(slot, stream)
    for (const aliasId of stream.aliasIds) this.#byAlias.remove(aliasId, slot)
    this.#byName.remove(slot, stream)
    this.#byId.delete(stream.streamId)
    this.#columns.release(slot)
    this.#names.set(slot, '')
    const address = this.#columns.addresses[slot]!
    this.#columns.free(slot)
    this.#giveUp(address, this.#columns.lengths[slot]!)
    this.#tell(slot, stream)
  }

  /** Tells whoever looks through the table of a stream that came, changed or went. */
  #tell(slot: number, stream: Stream): void {
    for (const search of this.#searches) search.noteChange(slot)
    for (const search of this.#duplicateSearches) {
      for (const target of targetsOf(stream)) search.noteChange(target)
    }
  }

  #replaceFrame(slot: number, frame: Frame): void {
    const address = this.#columns.addresses[slot]!
    const length = this.#columns.lengths[slot]!
    this.#setFrame(slot, frame)
    this.#giveUp(address, length)
  }

  #setFrame(slot: number, frame: Frame): void {
    this.#columns.addresses[slot] = this.#slab.store(frame)
    this.#columns.lengths[slot] = frame.length
  }

  #giveUp(address: number, length: number): void {
    const sparse = this.#slab.free(address, length)
    if (sparse === undefined) return
    for (let slot = 0; slot < this.#columns.slotCount; slot++) {
      const isHeld = this.#columns.isUsed(slot) && this.#slab.isIn(this.#columns.addresses[slot]!, sparse)
      if (isHeld) this.#setFrame(slot, this.#frame(slot))
    }
    this.#slab.release(sparse)
  }

  #frame(slot: number): Frame {
    return this.#slab.view(this.#columns.addresses[slot]!, this.#columns.lengths[slot]!)
  }

  #aliased(aliasId: string): number | undefined {
    const slots = this.#byAlias.get(aliasId)
    return typeof slots === 'object' ? [...slots].sort(this.#order)[0] : slots
  }

  /** Whether a slot of the target's is meant on a platform, or on any. */
  #isLedTo(slot: number, target: Target, platform: string | undefined): boolean {
    if (platform === undefined) return true
    if (this.#byTarget.isMerged(slot)) return isLedTo(this.#codec.decode(this.#frame(slot)), target, platform)
    return platform === undefined || this.#columns.platformOf(slot) === platform
  }

  #streamId(slot: number): string {
    return this.#codec.streamId(this.#frame(slot))
  }

  #place(slot: number): Place {
    return { position: this.#columns.positions[slot]!, streamId: this.#streamId(slot) }
  }

  /** The shortest list that holds all that matches; undefined where nothing does. */
  #narrowest({ platforms, types }: StreamFilter): SlotList | undefined {
    const lists = platforms?.length === 1 ? this.#platforms.get(platforms[0]!) : this.#everywhere
    return types?.length === 1 ? lists?.byType[types[0]!] : lists?.all
  }

  /** What tells the streams of the narrowest list apart; undefined where all of them match. */
  #predicate(filter: StreamFilter): Predicate | undefined {
    const { platforms, types } = filter
    const isWhole = (platforms?.length ?? 1) === 1 && (types?.length ?? 1) === 1 && isByPlatformAndType(filter)
    return isWhole ? undefined : predicateOf(filter)
  }

  /** Which slots may hold what matches, and what tells those apart that do. */
  #suspects(filter: StreamFilter): Pick<SearchRequest, 'candidates' | 'isMatch' | 'name'> {
    const { nameContains, ...others } = filter
    const folding = nameContains === undefined ? undefined : folded(nameContains)
    const name = isSearchable(folding) ? folding : undefined
    const remaining = name === undefined ? filter : others
    return {
      candidates: this.#byIds(filter) ?? this.#fewOf(this.#narrowest(filter)),
      isMatch: asksForNothing(remaining) ? undefined : this.#testOf(predicateOf(remaining)),
      name,
    }
  }

  /** A copy of a list, which searches are free to keep, unless it is long. */
  #fewOf(list: SlotList | undefined): Uint32Array | undefined {
    if (!list) return NO_SLOTS
    return list.length > this.#columns.slotCount * FEW ? undefined : list.copy()
  }

  /** The slots of those whom a filter names by their ids; undefined where it names none. */
  #byIds({ streamIds, groupIds, userIds }: StreamFilter): Uint32Array | undefined {
    if (streamIds) {
      const slots = streamIds.map((streamId) => this.#byId.get(streamId)).filter((slot) => slot !== undefined)
      return Uint32Array.from(new Set(slots))
    }
    if (!groupIds && !userIds) return undefined
    const slots = new Set<number>()
    for (const [kind, ids] of [['group', groupIds ?? []] as const, ['private', userIds ?? []] as const]) {
      for (const id of ids) for (const slot of [this.#byTarget.get({ kind, id }) ?? []].flat()) slots.add(slot)
    }
    return Uint32Array.from(slots)
  }

  /** What leads to several of the streams that a filter matches. */
  #sharedBy(filter: StreamFilter): SharedTargets {
    const isMatch = predicateOf(filter)
    return {
      all: () => this.#byTarget.shared(),
      chatsOf: (target) =>
        [this.#byTarget.get(target) ?? []]
          .flat()
          .slice(0, MAX_COMPARED)
          .filter((slot) => isMatch(this.#row.at(slot)))
          .flatMap((slot) => this.#ledTo(slot, target)),
    }
  }

  #ledTo(slot: number, target: Target): LedTo<number>[] {
    if (this.#byTarget.isMerged(slot)) return ledTo(slot, this.#codec.decode(this.#frame(slot)), target)
    const { platform, accountId, scope } = this.#row.at(slot)
    return [{ held: slot, platform, accountId, scope }]
  }

  #tellable(slot: number): Tellable {
    const lastActiveTime = this.#columns.lastActiveTimes[slot]!
    return { ...this.#place(slot), lastActiveTime, frame: () => this.#frame(slot) }
  }

  #testOf(predicate: Predicate): SlotTest {
    return (slot) => predicate(this.#row.at(slot))
  }

  /** A page of a list of which every stream matches. */
  #pageOf(list: SlotList, { after, limit }: RowQuery): FoundRows {
    const start = after ? list.search((slot) => comparePlaces(this.#place(slot), after) <= 0) : 0
    const end = Math.min(start + limit, list.length)
    const slots = Array.from({ length: end - start }, (_, index) => list.at(start + index))
    const rows = slots.map((slot) => ({
      frame: this.#frame(slot),
      place: { key: this.#columns.positions[slot]!, ...this.#place(slot) },
    }))
    return { rows, isCut: end < list.length, total: list.length }
  }

  #listsOf(stream: Stream): SlotList[] {
    let ofPlatform = this.#platforms.get(stream.platform)
    if (!ofPlatform) {
      ofPlatform = this.#newLists()
      this.#platforms.set(stream.platform, ofPlatform)
    }
    const type = streamType(stream)
    return [this.#everywhere.all, this.#everywhere.byType[type], ofPlatform.all, ofPlatform.byType[type]]
  }

  #newLists(): Lists {
    const newList = () => new SlotList(this.#order)
    return { all: newList(), byType: { group: newList(), private: newList(), unknown: newList() } }
  }

  #newSearched(): Searched {
    const names = this.#names
    return {
      columns: this.#columns,
      names,
      positionOf: (slot) => this.#columns.positions[slot]!,
      streamIdOf: (slot) => this.#streamId(slot),
      sortedNameOf: (slot) => beginning(names.get(slot)) || sortedName(this.#codec.decode(this.#frame(slot))),
    }
  }
}

function isIndexedAlike(a: Stream, b: Stream): boolean {
  const [targetA, targetB] = [targetOf(a), targetOf(b)]
  return (
    a.platform === b.platform &&
    targetA?.kind === targetB?.kind &&
    targetA?.id === targetB?.id &&
    a.aliasIds.length === b.aliasIds.length &&
    a.aliasIds.every((aliasId, index) => aliasId === b.aliasIds[index]) &&
    a.mergedChats === undefined &&
    b.mergedChats === undefined
  )
}
