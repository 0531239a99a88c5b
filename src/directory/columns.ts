import type { StreamOrder } from '../domain/order.ts'
import { type Stream, type StreamType, streamType } from '../domain/stream.ts'
import { Dictionary } from './dictionary.ts'

const INITIAL_CAPACITY = 1_024
const GROWTH = 1.5
/** The address of a slot that is free. */
const NOWHERE = 2 ** 32 - 1

const TYPES: readonly StreamType[] = ['group', 'private', 'unknown']

/** What is known of the stream in each slot without a look at its frame. */
export class Columns {
  addresses = new Uint32Array(INITIAL_CAPACITY)
  lengths = new Uint32Array(INITIAL_CAPACITY)
  positions = new Float64Array(INITIAL_CAPACITY)
  createTimes = new Float64Array(INITIAL_CAPACITY)
  lastActiveTimes = new Float64Array(INITIAL_CAPACITY)
  /** Indexes of TYPES. */
  #types = new Uint8Array(INITIAL_CAPACITY)
  #labelled = new Uint8Array(INITIAL_CAPACITY)
  /** Numbers of the dictionary. */
  #platforms = new Uint32Array(INITIAL_CAPACITY)
  #accounts = new Uint32Array(INITIAL_CAPACITY)
  #scopes = new Uint32Array(INITIAL_CAPACITY)
  readonly #texts = new Dictionary()
  readonly #freeSlots: number[] = []
  #slotCount = 0

  /** How many slots there are, those that are free counted in. */
  get slotCount(): number {
    return this.#slotCount
  }

  /** A slot for a stream, of which all is to be set. */
  newSlot(): number {
    const free = this.#freeSlots.pop()
    if (free !== undefined) return free
    if (this.#slotCount === this.addresses.length) this.#grow()
    return this.#slotCount++
  }

  set(slot: number, stream: Stream): void {
    this.createTimes[slot] = stream.createTime
    this.lastActiveTimes[slot] = stream.lastActiveTime
    this.#types[slot] = TYPES.indexOf(streamType(stream))
    this.#labelled[slot] = Object.keys(stream.labels).length > 0 ? 1 : 0
    this.#platforms[slot] = this.#texts.take(stream.platform)
    this.#accounts[slot] = this.#texts.take(stream.accountId)
    this.#scopes[slot] = this.#texts.take(stream.scope)
  }

  /** Gives up what `set` took, before the next `set` or `free`. */
  release(slot: number): void {
    this.#texts.release(this.#platforms[slot]!)
    this.#texts.release(this.#accounts[slot]!)
    this.#texts.release(this.#scopes[slot]!)
  }

  free(slot: number): void {
    this.addresses[slot] = NOWHERE
    this.#freeSlots.push(slot)
  }

  isUsed(slot: number): boolean {
    return this.addresses[slot] !== NOWHERE
  }

  /** The numbers that streams have in an order; undefined where they have none. */
  ordering({ by }: StreamOrder): Float64Array | undefined {
    switch (by) {
      case 'position':
        return this.positions
      case 'createTime':
        return this.createTimes
      case 'lastActiveTime':
        return this.lastActiveTimes
      default:
        return undefined
    }
  }

  typeOf(slot: number): StreamType {
    return TYPES[this.#types[slot]!]!
  }

  isLabelled(slot: number): boolean {
    return this.#labelled[slot] === 1
  }

  platformOf(slot: number): string {
    return this.#texts.textOf(this.#platforms[slot]!)
  }

  accountOf(slot: number): string {
    return this.#texts.textOf(this.#accounts[slot]!)
  }

  scopeOf(slot: number): string {
    return this.#texts.textOf(this.#scopes[slot]!)
  }

  #grow(): void {
    const capacity = Math.ceil(this.#slotCount * GROWTH)
    this.addresses = grown(this.addresses, new Uint32Array(capacity))
    this.lengths = grown(this.lengths, new Uint32Array(capacity))
    this.positions = grown(this.positions, new Float64Array(capacity))
    this.createTimes = grown(this.createTimes, new Float64Array(capacity))
    this.lastActiveTimes = grown(this.lastActiveTimes, new Float64Array(capacity))
    this.#types = grown(this.#types, new Uint8Array(capacity))
    this.#labelled = grown(this.#labelled, new Uint8Array(capacity))
    this.#platforms = grown(this.#platforms, new Uint32Array(capacity))
    this.#accounts = grown(this.#accounts, new Uint32Array(capacity))
    this.#scopes = grown(this.#scopes, new Uint32Array(capacity))
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
}
