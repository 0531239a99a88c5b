import {
  byRecency,
  compareText,
  type Stream,
  type StreamType,
  streamType,
  type Target,
  targetOf,
} from '../domain/stream.ts'
import { comparePlaces, type Filter, type Place, type PlatformCount, type StoredStream } from '../store/store.ts'
import type { Frame, FrameCodec, List, ListRequest, Match } from './reader.ts'
import { Slab } from './slab.ts'
import { SlotList } from './slot-list.ts'

const INITIAL_CAPACITY = 1_024
const GROWTH = 1.5
/** The address of a slot that is free. */
const NOWHERE = 2 ** 32 - 1

const NONE: readonly string[] = []

/** Streams of one target: mostly one, so that one is not wrapped. */
type Slots = number | readonly number[]

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
  readonly #byTarget: Readonly<Record<Target['kind'], Map<string, Slots>>> = { group: new Map(), private: new Map() }
  readonly #platforms = new Map<string, Lists>()
  readonly #everywhere: Lists
  readonly #order = (a: number, b: number) =>
    this.#positions[a]! - this.#positions[b]! || compareText(this.#streamId(a), this.#streamId(b))

  #addresses = new Uint32Array(INITIAL_CAPACITY)
  #lengths = new Uint32Array(INITIAL_CAPACITY)
  #platformNumbers = new Uint32Array(INITIAL_CAPACITY)
  #positions = new Float64Array(INITIAL_CAPACITY)
  readonly #freeSlots: number[] = []
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
      this.#replaceFrame(slot, frame)
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

  get(streamId: string): Frame | undefined {
    const slot = this.#byId.get(streamId)
    return slot === undefined ? undefined : this.#frame(slot)
  }

  find(target: Target, platform: string | undefined): Match | undefined {
    const slots = this.#byTarget[target.kind].get(target.id)
    if (slots === undefined) return undefined
    if (typeof slots === 'number') {
      return this.#isOn(slots, platform) ? { frame: this.#frame(slots), otherStreamIds: NONE } : undefined
    }
    const matches = slots
      .filter((slot) => this.#isOn(slot, platform))
      .map((slot) => ({ frame: this.#frame(slot), stream: this.#codec.decode(this.#frame(slot)) }))
      .sort((a, b) => byRecency(a.stream, b.stream))
    const [first, ...others] = matches
    return first && { frame: first.frame, otherStreamIds: others.map(({ stream }) => stream.streamId) }
  }

  list({ filter, after, limit, maxBytes }: ListRequest): Omit<List, 'revision'> {
    const list = this.#list(filter)
    const frames: Frame[] = []
    if (!list) return { frames, next: undefined, total: 0 }
    let bytes = 0
    let index = after ? list.search((slot) => comparePlaces(this.#place(slot), after) <= 0) : 0
    for (; index < list.length && frames.length < limit; index++) {
      const frame = this.#frame(list.at(index))
      bytes += frame.length
      if (bytes > maxBytes && frames.length > 0) break
      frames.push(frame)
    }
    const isEnd = index >= list.length
    return {
      frames,
      next: isEnd || frames.length === 0 ? undefined : this.#place(list.at(index - 1)),
      total: list.length,
    }
  }

  listVersion(filter: Filter): number {
    return this.#list(filter)?.version ?? 0
  }

  count(): PlatformCount[] {
    return [...this.#platforms].flatMap(([platform, { byType }]) =>
      Object.entries(byType)
        .filter(([, list]) => list.length > 0)
        .map(([type, list]) => ({ platform, type: type as StreamType, count: list.length })),
    )
  }

  streamIds(): IterableIterator<string> {
    return this.#byId.keys()
  }

  #insert(stream: Stream, frame: Frame, position: number): void {
    const slot = this.#freeSlots.pop() ?? this.#newSlot()
    this.#setFrame(slot, frame)
    this.#positions[slot] = position
    this.#byId.set(stream.streamId, slot)
    const target = targetOf(stream)
    if (target) {
      const byTarget = this.#byTarget[target.kind]
      const slots = byTarget.get(target.id)
      byTarget.set(target.id, slots === undefined ? slot : typeof slots === 'number' ? [slots, slot] : [...slots, slot])
    }
    const lists = this.#listsOf(stream)
    this.#platformNumbers[slot] = this.#platforms.get(stream.platform)!.platformNumber
    for (const list of lists) list.add(slot)
  }

  #remove(slot: number, stream: Stream): void {
    for (const list of this.#listsOf(stream)) list.remove(slot)
    const target = targetOf(stream)
    if (target) {
      const byTarget = this.#byTarget[target.kind]
      const slots = byTarget.get(target.id)!
      if (typeof slots === 'number') byTarget.delete(target.id)
      else if (slots.length === 2) byTarget.set(target.id, slots.find((other) => other !== slot)!)
      else
        byTarget.set(
          target.id,
          slots.filter((other) => other !== slot),
        )
    }
    this.#byId.delete(stream.streamId)
    const address = this.#addresses[slot]!
    this.#addresses[slot] = NOWHERE
    this.#freeSlots.push(slot)
    this.#giveUp(address, this.#lengths[slot]!)
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

  #isOn(slot: number, platform: string | undefined): boolean {
    return platform === undefined || this.#platformNumbers[slot] === this.#platforms.get(platform)?.platformNumber
  }

  #streamId(slot: number): string {
    return this.#codec.streamId(this.#frame(slot))
  }

  #place(slot: number): Place {
    return { position: this.#positions[slot]!, streamId: this.#streamId(slot) }
  }

  #list({ platform, type }: Filter): SlotList | undefined {
    const lists = platform === undefined ? this.#everywhere : this.#platforms.get(platform)
    return type === undefined ? lists?.all : lists?.byType[type]
  }

  #listsOf(stream: Stream): SlotList[] {
    let ofPlatform = this.#platforms.get(stream.platform)
    if (!ofPlatform) {
      ofPlatform = this.#newLists(this.#platforms.size + 1)
      this.#platforms.set(stream.platform, ofPlatform)
    }
    const type = streamType(stream)
    return [this.#everywhere.all, this.#everywhere.byType[type], ofPlatform.all, ofPlatform.byType[type]]
  }

  #newLists(platformNumber: number): Lists {
    const newList = () => new SlotList(this.#order)
    return { platformNumber, all: newList(), byType: { group: newList(), private: newList(), unknown: newList() } }
  }

  #newSlot(): number {
    const slot = this.#slotCount++
    if (slot === this.#addresses.length) {
      const capacity = Math.ceil(slot * GROWTH)
      this.#addresses = grown(this.#addresses, new Uint32Array(capacity))
      this.#lengths = grown(this.#lengths, new Uint32Array(capacity))
      this.#platformNumbers = grown(this.#platformNumbers, new Uint32Array(capacity))
      this.#positions = grown(this.#positions, new Float64Array(capacity))
    }
    return slot
  }
}

function grown<T extends Uint32Array | Float64Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
}

function isIndexedAlike(a: Stream, b: Stream): boolean {
  const [targetA, targetB] = [targetOf(a), targetOf(b)]
  return a.platform === b.platform && targetA?.kind === targetB?.kind && targetA?.id === targetB?.id
}
