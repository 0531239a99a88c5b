import { hashOfText } from './text-hash.ts'

/** A power of two. */
const PARTS = 256
/** Code units at the end of a key that choose its part. */
const HASHED_LENGTH = 4

/**
 * A map by texts in many small ones. One large map moves all of its entries whenever it is full, which at a million takes a
 * tenth of a second that every caller would wait, and holds no more than 2^24; here a part moves its own.
 */
export class PartedMap<V> {
  readonly #parts = Array.from({ length: PARTS }, () => new Map<string, V>())
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): V | undefined {
    return this.#partOf(key).get(key)
  }

  set(key: string, value: V): void {
    const part = this.#partOf(key)
    const before = part.size
    part.set(key, value)
    this.#size += part.size - before
  }

  delete(key: string): boolean {
    const isDeleted = this.#partOf(key).delete(key)
    if (isDeleted) this.#size--
    return isDeleted
  }

  *keys(): IterableIterator<string> {
    for (const part of this.#parts) yield* part.keys()
  }

  /** By the last characters, in which ids and numbers differ most. */
  #partOf(key: string): Map<string, V> {
    const hash = hashOfText(key, Math.max(0, key.length - HASHED_LENGTH), key.length)
    return this.#parts[(hash ^ (hash >>> 15)) & (PARTS - 1)]!
  }
}
