import type { Predicate } from '../domain/filter.ts'
import type { Frame } from './rows.ts'

/** A stream as it was. */
export interface Kept {
  readonly frame: Frame
  readonly position: number
  readonly isMatch: boolean
}

/** What a snapshot reads of its table. */
export interface Slots {
  /** What a slot holds now. */
  at(slot: number, isMatch: Predicate | undefined): Kept
  /** The snapshot is read, or given up: nothing needs to be kept for it any more. */
  forget(snapshot: TableSnapshot): void
}

/**
 * The streams of a table that match a filter, as of the moment of its making, to be read bit by bit while the table goes on
 * changing. What changes before it is read is kept, as a view of bytes that nobody changes in place.
 */
export class TableSnapshot {
  readonly #table: Slots
  readonly #slots: Uint32Array
  readonly #isMatch: Predicate | undefined
  readonly #kept = new Map<number, Kept>()
  #next = 0

  /** @param slots those that may match, in the order of lists */
  constructor(table: Slots, slots: Uint32Array, isMatch: Predicate | undefined) {
    this.#table = table
    this.#slots = slots
    this.#isMatch = isMatch
  }

  /** For the table, before a slot changes: what it held when the snapshot was made stays. */
  keep(slot: number): void {
    if (!this.#kept.has(slot)) this.#kept.set(slot, this.#table.at(slot, this.#isMatch))
  }

  /** Hands over what matches of the next `count` slots. Returns false where there are no more. */
  read(count: number, take: (frame: Frame, position: number) => void): boolean {
    const end = Math.min(this.#next + count, this.#slots.length)
    for (; this.#next < end; this.#next++) {
      const slot = this.#slots[this.#next]!
      const { frame, position, isMatch } = this.#kept.get(slot) ?? this.#table.at(slot, this.#isMatch)
      this.#kept.delete(slot)
      if (isMatch) take(frame, position)
    }
    if (this.#next < this.#slots.length) return true
    this.close()
    return false
  }

  close(): void {
    this.#next = this.#slots.length
    this.#kept.clear()
    this.#table.forget(this)
  }
}
