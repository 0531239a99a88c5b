import { namesOf } from '../domain/names.ts'
import type { Stream } from '../domain/stream.ts'
import { SlotIndex } from './slot-index.ts'

/** Code units of a name that its key is made of. */
const HASHED_LENGTH = 64
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

const NONE: readonly number[] = []

/** In which slots a name may be: keys are small numbers made of names, so names that are not long remembered cost no text. */
export class NameIndex {
  readonly #slots = new SlotIndex<number>()

  /** The slots of all streams with a name, and maybe of others. */
  get(name: string): readonly number[] {
    const slots = this.#slots.get(keyOf(name)) ?? NONE
    return typeof slots === 'number' ? [slots] : slots
  }

  add(slot: number, stream: Stream): void {
    for (const key of keysOf(stream)) this.#slots.add(key, slot)
  }

  remove(slot: number, stream: Stream): void {
    for (const key of keysOf(stream)) this.#slots.remove(key, slot)
  }
}

function keysOf(stream: Stream): Set<number> {
  return new Set(
    namesOf(stream)
      .filter((name) => name !== '')
      .map(keyOf),
  )
}

/** FNV-1a over the beginning and the length, as a signed integer of 32 bits, which engines keep without an object. */
function keyOf(name: string): number {
  let key = FNV_OFFSET ^ name.length
  const length = Math.min(name.length, HASHED_LENGTH)
  for (let index = 0; index < length; index++) key = Math.imul(key ^ name.charCodeAt(index), FNV_PRIME)
  return key | 0
}
