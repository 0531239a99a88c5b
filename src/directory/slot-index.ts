import { PartedMap } from './parted-map.ts'

/** Slots of one key: mostly one, so that one is not wrapped. Those that are belong to the index, which goes on to change them. */
export type Slots = number | readonly number[]

/** Which slots have a key. */
export class SlotIndex {
  readonly #slots = new PartedMap<number | number[]>()
  readonly #shared = new Set<string>()

  /** The keys that several slots have. Those that come while it is read are told as well. */
  get shared(): ReadonlySet<string> {
    return this.#shared
  }

  get(key: string): Slots | undefined {
    return this.#slots.get(key)
  }

  add(key: string, slot: number): void {
    const slots = this.#slots.get(key)
    if (slots === undefined) this.#slots.set(key, slot)
    else if (typeof slots === 'number') {
      this.#slots.set(key, [slots, slot])
      this.#shared.add(key)
    } else slots.push(slot)
  }

  remove(key: string, slot: number): void {
    const slots = this.#slots.get(key)!
    if (typeof slots === 'number') {
      this.#slots.delete(key)
      return
    }
    slots.splice(slots.indexOf(slot), 1)
    if (slots.length > 1) return
    this.#slots.set(key, slots[0]!)
    this.#shared.delete(key)
  }
}
