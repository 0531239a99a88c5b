import { namesOf } from '../domain/names.ts'
import type { Stream } from '../domain/stream.ts'
import { hashOfText } from './text-hash.ts'

/** Code units of a name that its key is made of. */
const HASHED_LENGTH = 64

const INITIAL_CAPACITY = 1_024
const GROWTH = 1.5
const NOTHING = -1

/**
 * In which slots a name may be. A hash table in a few arrays: the entries of a bucket are linked, so that any number of
 * streams may have one name. It takes some 25 bytes a name, half of what a `Map` does.
 */
export class NameIndex {
  /** The first entry of each bucket; a power of two of them. */
  #heads = newLinks(INITIAL_CAPACITY)
  /** The entry behind each in its bucket, or among those that are free. */
  #next = newLinks(INITIAL_CAPACITY)
  #keys = new Int32Array(INITIAL_CAPACITY)
  #slots = new Uint32Array(INITIAL_CAPACITY)
  #firstFree = NOTHING
  /** How many entries there are, those that are free counted in. */
  #count = 0

  add(slot: number, stream: Stream): void {
    for (const key of keysOf(stream)) this.#add(key, slot)
  }

  remove(slot: number, stream: Stream): void {
    for (const key of keysOf(stream)) this.#remove(key, slot)
  }

  /** The slots of all streams with a name, and maybe of others. */
  *get(name: string): Generator<number> {
    const key = keyOf(name)
    for (let entry = this.#heads[this.#bucketOf(key)]!; entry !== NOTHING; entry = this.#next[entry]!) {
      if (this.#keys[entry] === key) yield this.#slots[entry]!
    }
  }

  #add(key: number, slot: number): void {
    const entry = this.#newEntry()
    this.#keys[entry] = key
    this.#slots[entry] = slot
    this.#link(entry)
  }

  #remove(key: number, slot: number): void {
    const bucket = this.#bucketOf(key)
    let before = NOTHING
    let entry = this.#heads[bucket]!
    while (this.#slots[entry] !== slot || this.#keys[entry] !== key) {
      if (entry === NOTHING) throw new RangeError(`no name of slot ${slot} has the key ${key}`)
      before = entry
      entry = this.#next[entry]!
    }
    if (before === NOTHING) this.#heads[bucket] = this.#next[entry]!
    else this.#next[before] = this.#next[entry]!
    this.#next[entry] = this.#firstFree
    this.#firstFree = entry
  }

  #newEntry(): number {
    const free = this.#firstFree
    if (free !== NOTHING) {
      this.#firstFree = this.#next[free]!
      return free
    }
    if (this.#count === this.#slots.length) this.#grow()
    return this.#count++
  }

  /** Nothing is free when it comes to this, so all entries are linked anew. */
  #grow(): void {
    const capacity = Math.ceil(this.#count * GROWTH)
    const [keys, slots] = [new Int32Array(capacity), new Uint32Array(capacity)]
    keys.set(this.#keys)
    slots.set(this.#slots)
    this.#keys = keys
    this.#slots = slots
    this.#next = newLinks(capacity)
    this.#heads = newLinks(capacity > this.#heads.length * 2 ? this.#heads.length * 2 : this.#heads.length)
    for (let entry = 0; entry < this.#count; entry++) this.#link(entry)
  }

  #link(entry: number): void {
    const bucket = this.#bucketOf(this.#keys[entry]!)
    this.#next[entry] = this.#heads[bucket]!
    this.#heads[bucket] = entry
  }

  #bucketOf(key: number): number {
    return key & (this.#heads.length - 1)
  }
}

function newLinks(count: number): Int32Array {
  return new Int32Array(count).fill(NOTHING)
}

function keysOf(stream: Stream): Set<number> {
  return new Set(
    namesOf(stream)
      .filter((name) => name !== '')
      .map(keyOf),
  )
}

/** By the beginning and the length of a name. */
function keyOf(name: string): number {
  return hashOfText(name, 0, Math.min(name.length, HASHED_LENGTH), name.length)
}
