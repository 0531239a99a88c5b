import {
  type Filterable,
  isByPlatformAndType,
  type Predicate,
  predicateOf,
  type StreamFilter,
} from '../domain/filter.ts'
import { isLedTo, type Target, targetOf, targetsOf } from '../domain/identity.ts'
import { comparePlaces, type Place } from '../domain/place.ts'
import type { PlatformCount } from '../domain/platform-counts.ts'
import { compareText, type Stream, type StreamType, streamType } from '../domain/stream.ts'
import type { StoredStream } from '../store/store.ts'
import { Dictionary } from './dictionary.ts'
import type { Frame, FrameCodec, Frames, Taker } from './rows.ts'
import { Slab } from './slab.ts'
import { SlotIndex } from './slot-index.ts'
import { SlotList } from './slot-list.ts'
import { type Slots, TableSnapshot } from './table-snapshot.ts'

const INITIAL_CAPACITY = 1_024
const GROWTH = 1.5
/** The address of a slot that is free. */
const NOWHERE = 2 ** 32 - 1

const NO_SLOTS = new Uint32Array()

/** A stream, and its place in the order of lists. */
export interface Held {
  readonly frame: Frame
  readonly position: number
}

const TYPES: readonly StreamType[] = ['group', 'private', 'unknown']

interface Lists {
  /** Stands for the platform in the column of a slot. */
  readonly platformNumber: number
  readonly all: SlotList
  readonly byType: Readonly<Record<StreamType, SlotList>>
}

/**
 * Streams in memory: by id, by target, and in the order of lists. A stream has a slot, a small integer; what is known of it
 * stands in columns at the slot, its frame in a slab. About 400 bytes a stream, most of them the frame and the two keys.
 */
export class Table {
  readonly #codec: FrameCodec
  readonly #slab = new Slab()
  readonly #byId = new Map<string, number>()
  readonly #byTarget: Readonly<Record<Target['kind'], SlotIndex>> = { group: new SlotIndex(), private: new SlotIndex() }
  readonly #byAlias = new SlotIndex()
  /** The slots of streams into which others were merged. */
  readonly #merged = new Set<number>()
  readonly #platforms = new Map<string, Lists>()
  readonly #everywhere: Lists
  readonly #order = (a: number, b: number) =>
    this.#positions[a]! - this.#positions[b]! || compareText(this.#streamId(a), this.#streamId(b))

  #addresses = new Uint32Array(INITIAL_CAPACITY)
  #lengths = new Uint32Array(INITIAL_CAPACITY)
  #platformNumbers = new Uint32Array(INITIAL_CAPACITY)
  #positions = new Float64Array(INITIAL_CAPACITY)
  /** Indexes of TYPES. */
  #types = new Uint8Array(INITIAL_CAPACITY)
  /** Numbers of the dictionary. */
  #accounts = new Uint32Array(INITIAL_CAPACITY)
  #scopes = new Uint32Array(INITIAL_CAPACITY)
  #lastActiveTimes = new Float64Array(INITIAL_CAPACITY)
  readonly #texts = new Dictionary()
  readonly #platformNames: string[] = ['']
  readonly #row = this.#newRow()
  readonly #freeSlots: number[] = []
  /** Those that are being read. */
  readonly #snapshots = new Set<TableSnapshot>()
  readonly #slots: Slots = {
    at: (slot, isMatch) => ({
      frame: this.#frame(slot),
      position: this.#positions[slot]!,
      isMatch: isMatch === undefined || isMatch(this.#row.at(slot)),
    }),
    forget: (snapshot) => this.#snapshots.delete(snapshot),
  }
  #slotCount = 0

  constructor(codec: FrameCodec) {
    this.#codec = codec
    this.#everywhere = this.#newLists(0)
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
    if (Buffer.compare(oldFrame, frame) === 0 && this.#positions[slot] === position) return oldFrame
    const old = this.#codec.decode(oldFrame)
    if (this.#positions[slot] === position && isIndexedAlike(old, stream)) {
      this.#changing(slot)
      this.#replaceFrame(slot, frame)
      this.#releaseColumns(slot)
      this.#setColumns(slot, stream)
      for (const list of this.#listsOf(stream)) list.touch()
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
    const slots = this.#byTarget[target.kind].get(target.id)
    if (slots === undefined) return undefined
    if (typeof slots === 'number') return this.#isLedTo(slots, target, platform) ? this.#frame(slots) : undefined
    return slots.filter((slot) => this.#isLedTo(slot, target, platform)).map((slot) => this.#frame(slot))
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
      if (!taker.take(this.#frame(slot), this.#positions[slot]!)) return
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
    return slot === undefined ? undefined : { frame: this.#frame(slot), position: this.#positions[slot]! }
  }

  streamIds(): IterableIterator<string> {
    return this.#byId.keys()
  }

  #insert(stream: Stream, frame: Frame, position: number): void {
    const slot = this.#freeSlots.pop() ?? this.#newSlot()
    this.#setFrame(slot, frame)
    this.#positions[slot] = position
    this.#setColumns(slot, stream)
    this.#byId.set(stream.streamId, slot)
    for (const { kind, id } of targetsOf(stream)) this.#byTarget[kind].add(id, slot)
    if (stream.mergedChats) this.#merged.add(slot)
    for (const aliasId of stream.aliasIds) this.#byAlias.add(aliasId, slot)
    const lists = this.#listsOf(stream)
    this.#platformNumbers[slot] = this.#platforms.get(stream.platform)!.platformNumber
    for (const list of lists) list.add(slot)
  }

  #changing(slot: number): void {
    for (const snapshot of this.#snapshots) snapshot.keep(slot)
  }

  #remove(slot: number, stream: Stream): void {
    this.#changing(slot)
    for (const list of this.#listsOf(stream)) list.remove(slot)
    for (const { kind, id } of targetsOf(stream)) this.#byTarget[kind].remove(id, slot)
    this.#merged.delete(slot)
    for (const aliasId of stream.aliasIds) this.#byAlias.remove(aliasId, slot)
    this.#byId.delete(stream.streamId)
    this.#releaseColumns(slot)
    const address = this.#addresses[slot]!
    this.#addresses[slot] = NOWHERE
    this.#freeSlots.push(slot)
    this.#giveUp(address, this.#lengths[slot]!)
  }

  #setColumns(slot: number, stream: Stream): void {
    this.#types[slot] = TYPES.indexOf(streamType(stream))
    this.#accounts[slot] = this.#texts.take(stream.accountId)
    this.#scopes[slot] = this.#texts.take(stream.scope)
    this.#lastActiveTimes[slot] = stream.lastActiveTime
  }

  #releaseColumns(slot: number): void {
    this.#texts.release(this.#accounts[slot]!)
    this.#texts.release(this.#scopes[slot]!)
  }

  #replaceFrame(slot: number, frame: Frame): void {
    const address = this.#addresses[slot]!
    const length = this.#lengths[slot]!
    this.#setFrame(slot, frame)
    this.#giveUp(address, length)
  }

  #setFrame(slot: number, frame: Frame): void {
    this.#addresses[slot] = this.#slab.store(frame)
    this.#lengths[slot] = frame.length
  }

  #giveUp(address: number, length: number): void {
    const sparse = this.#slab.free(address, length)
    if (sparse === undefined) return
    for (let slot = 0; slot < this.#slotCount; slot++) {
      const held = this.#addresses[slot]!
      if (held !== NOWHERE && this.#slab.isIn(held, sparse)) this.#setFrame(slot, this.#frame(slot))
    }
    this.#slab.release(sparse)
  }

  #frame(slot: number): Frame {
    return this.#slab.view(this.#addresses[slot]!, this.#lengths[slot]!)
  }

  #aliased(aliasId: string): number | undefined {
    const slots = this.#byAlias.get(aliasId)
    return typeof slots === 'object' ? [...slots].sort(this.#order)[0] : slots
  }

  /** Whether a slot of the target's is meant on a platform, or on any. */
  #isLedTo(slot: number, target: Target, platform: string | undefined): boolean {
    if (platform === undefined) return true
    if (this.#merged.has(slot)) return isLedTo(this.#codec.decode(this.#frame(slot)), target, platform)
    return platform === undefined || this.#platformNumbers[slot] === this.#platforms.get(platform)?.platformNumber
  }

  #streamId(slot: number): string {
    return this.#codec.streamId(this.#frame(slot))
  }

  #place(slot: number): Place {
    return { position: this.#positions[slot]!, streamId: this.#streamId(slot) }
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

  #listsOf(stream: Stream): SlotList[] {
    let ofPlatform = this.#platforms.get(stream.platform)
    if (!ofPlatform) {
      ofPlatform = this.#newLists(this.#platforms.size + 1)
      this.#platforms.set(stream.platform, ofPlatform)
      this.#platformNames.push(stream.platform)
    }
    const type = streamType(stream)
    return [this.#everywhere.all, this.#everywhere.byType[type], ofPlatform.all, ofPlatform.byType[type]]
  }

  #newLists(platformNumber: number): Lists {
    const newList = () => new SlotList(this.#order)
    return { platformNumber, all: newList(), byType: { group: newList(), private: newList(), unknown: newList() } }
  }

  /** One slot at a time as filters look at it: columns first, the stream itself only where it is asked for. */
  #newRow(): Filterable & { at(slot: number): Filterable } {
    const table = this
    let slot = 0
    let decoded: Stream | undefined
    return {
      at(next) {
        slot = next
        decoded = undefined
        return this
      },
      get platform() {
        return table.#platformNames[table.#platformNumbers[slot]!]!
      },
      get type() {
        return TYPES[table.#types[slot]!]!
      },
      get accountId() {
        return table.#texts.textOf(table.#accounts[slot]!)
      },
      get scope() {
        return table.#texts.textOf(table.#scopes[slot]!)
      },
      get streamId() {
        return table.#streamId(slot)
      },
      get lastActiveTime() {
        return table.#lastActiveTimes[slot]!
      },
      get stream() {
        decoded ??= table.#codec.decode(table.#frame(slot))
        return decoded
      },
    }
  }

  #newSlot(): number {
    const slot = this.#slotCount++
    if (slot === this.#addresses.length) {
      const capacity = Math.ceil(slot * GROWTH)
      this.#addresses = grown(this.#addresses, new Uint32Array(capacity))
      this.#lengths = grown(this.#lengths, new Uint32Array(capacity))
      this.#platformNumbers = grown(this.#platformNumbers, new Uint32Array(capacity))
      this.#positions = grown(this.#positions, new Float64Array(capacity))
      this.#types = grown(this.#types, new Uint8Array(capacity))
      this.#accounts = grown(this.#accounts, new Uint32Array(capacity))
      this.#scopes = grown(this.#scopes, new Uint32Array(capacity))
      this.#lastActiveTimes = grown(this.#lastActiveTimes, new Float64Array(capacity))
    }
    return slot
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
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
