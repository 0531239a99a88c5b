const INITIAL_BYTES = 1_024
const GROWTH = 1.5

/** A set of slots, at a bit each. */
export class SlotSet {
  #bits = new Uint8Array(INITIAL_BYTES)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(slot: number): void {
    const index = slot >>> 3
    if (index >= this.#bits.length) this.#grow(index)
    const bit = 1 << (slot & 7)
    if ((this.#bits[index]! & bit) !== 0) return
    this.#bits[index]! |= bit
    this.#size++
  }

  /** Returns whether the slot was there. */
  delete(slot: number): boolean {
    const index = slot >>> 3
    const bit = 1 << (slot & 7)
    if (index >= this.#bits.length || (this.#bits[index]! & bit) === 0) return false
    this.#bits[index]! &= ~bit
    this.#size--
    return true
  }

  #grow(index: number): void {
    const grown = new Uint8Array(Math.ceil((index + 1) * GROWTH))
    grown.set(this.#bits)
    this.#bits = grown
  }
}
