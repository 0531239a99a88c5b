/** Slots of one key: mostly one, so that one is not wrapped. */
export type Slots = number | readonly number[]

/** Which slots have a key. */
export class SlotIndex {
  readonly #slots = new Map<string, Slots>()

  get(key: string): Slots | undefined {
    return this.#slots.get(key)
  }

  add(key: string, slot: number): void {
    const slots = this.#slots.get(key)
    this.#slots.set(key, slots === undefined ? slot : typeof slots === 'number' ? [slots, slot] : [...slots, slot])
  }

  remove(key: string, slot: number): void {
    const slots = this.#slots.get(key)!
    const left = typeof slots === 'number' ? [] : slots.filter((other) => other !== slot)
    if (left.length === 0) this.#slots.delete(key)
    else this.#slots.set(key, left.length === 1 ? left[0]! : left)
  }
}
