const INITIAL_CAPACITY = 16
const GROWTH = 1.5

/** Compares two slots of the table that a list belongs to. */
export type SlotOrder = (a: number, b: number) => number

/** Slots in order. Adding at the end is free, elsewhere it moves what follows: new streams come last but for rare cases. */
export class SlotList {
  readonly #order: SlotOrder
  #slots = new Uint32Array(INITIAL_CAPACITY)
  #length = 0
  #version = 0

  constructor(order: SlotOrder) {
    this.#order = order
  }

  get length(): number {
    return this.#length
  }

  /** Counts what happened to the list and to the streams in it. */
  get version(): number {
    return this.#version
  }

  at(index: number): number {
    return this.#slots[index]!
  }

  /** All slots, in order, as they are now. */
  copy(): Uint32Array {
    return this.#slots.slice(0, this.#length)
  }

  add(slot: number): void {
    const last = this.#length - 1
    const index = last < 0 || this.#order(this.#slots[last]!, slot) < 0 ? this.#length : this.#indexOf(slot)
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots.copyWithin(index + 1, index, this.#length)
    this.#slots[index] = slot
    this.#length++
    this.#version++
  }

  remove(slot: number): void {
    const index = this.#indexOf(slot)
    if (this.#slots[index] !== slot) throw new RangeError(`slot ${slot} is not in the list`)
    this.#slots.copyWithin(index, index + 1, this.#length)
    this.#length--
    this.#version++
  }

  /** Notes that the stream in a slot changed. */
  touch(): void {
    this.#version++
  }

  /** The first index whose slot is not before, by a test that is true for a beginning of the list and false for the rest. */
  search(isBefore: (slot: number) => boolean): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(this.#slots[middle]!)) low = middle + 1
      else high = middle
    }
    return low
  }

  #indexOf(slot: number): number {
    return this.search((other) => this.#order(other, slot) < 0)
  }

  #grow(): void {
    const grown = new Uint32Array(Math.ceil(this.#slots.length * GROWTH))
    grown.set(this.#slots)
    this.#slots = grown
  }
}
