import type { OrderedPlace, StreamOrder } from '../domain/order.ts'
import type { Columns } from './columns.ts'
import type { LoopTurns } from './loop-turns.ts'
import type { NameSegments } from './name-segments.ts'
import { SlotSet } from './slot-set.ts'
import { type Entry, type Places, SortedPage } from './sorted-page.ts'

/** For how long a search may hold up others, in milliseconds. */
export const SLICE_MS = 0.25
/** Slots looked at between two looks at the clock. */
const SLOTS_PER_LOOK = 64
/** How often a search lets others have their turn while it follows up what changed; then it looks at the rest at once. */
export const MAX_PATIENT_ROUNDS = 8
/** A part of the slots that is worth being looked at one by one: for more, all are looked through as they stand in memory. */
export const FEW = 1 / 16

/** The slots that are looked through. */
export interface Searched extends Places {
  readonly columns: Columns
  readonly names: NameSegments
  /** By what the stream in a slot is put in the order of names. */
  sortedNameOf(slot: number): string
}

export type SlotTest = (slot: number) => boolean

export interface SearchRequest {
  readonly order: StreamOrder
  readonly after: OrderedPlace | undefined
  readonly limit: number
  /** The slots that may match, as of now, where they are few; undefined for all slots. */
  readonly candidates: Uint32Array | undefined
  /** What tells those that match apart from all others, but for their names; undefined where all streams do. */
  readonly isMatch: SlotTest | undefined
  /** What the names have to contain, folded; undefined for any. */
  readonly name: string | undefined
}

export interface Matches {
  readonly entries: readonly Entry[]
  /** Whether there are more behind the last entry. */
  readonly isCut: boolean
  /** How many there are in all. */
  readonly total: number
}

/**
 * Looks through streams in slices, between which others have their turn, for a page and for how many there are. What changes
 * meanwhile is looked at again, so that all it has found in the end is of one moment.
 */
export class Search {
  readonly #request: SearchRequest
  readonly #slots: Searched
  readonly #turns: LoopTurns
  readonly #matched = new SlotSet()
  readonly #changed = new Set<number>()
  readonly #page: SortedPage
  /** Later streams are active and created later as a rule: from the end, few are put on the page that do not stay there. */
  readonly #isBackwards: boolean
  #sliceEnd = 0
  #isPatient = true

  constructor(request: SearchRequest, slots: Searched, turns: LoopTurns) {
    this.#request = request
    this.#slots = slots
    this.#turns = turns
    this.#isBackwards = request.order.isDescending
    this.#page = new SortedPage(request.order, request.after, request.limit, slots)
  }

  /** Notes that a slot holds another stream, or another state of it, or none. */
  noteChange(slot: number): void {
    this.#changed.add(slot)
  }

  /**
   * @param answer is called at the moment that the matches are of: a turn later they may be others
   */
  async run<T>(signal: AbortSignal | undefined, answer: (matches: Matches) => T): Promise<T> {
    this.#sliceEnd = performance.now() + SLICE_MS
    const { candidates, name } = this.#request
    const { columns, names } = this.#slots
    if (candidates) await this.#lookAt(candidates, signal)
    // Slots that come while it goes on are told as changes.
    else if (name === undefined) await this.#inSlices(columns.slotCount, SLOTS_PER_LOOK, this.#lookAtAll, signal)
    else await this.#inSlices(names.segmentCount, 1, (index) => this.#lookForName(index, name), signal)
    for (let round = 1; this.#changed.size > 0; round++) {
      this.#isPatient = round <= MAX_PATIENT_ROUNDS
      const changed = Uint32Array.from(this.#changed)
      this.#changed.clear()
      await this.#lookAt(changed, signal)
    }
    return answer({ entries: this.#page.entries, isCut: this.#page.isCut, total: this.#matched.size })
  }

  /**
   * Works through `count` items, some at a time, and lets others have their turn meanwhile.
   *
   * @param work is no part of this function, since what goes on between turns is not compiled as well
   */
  async #inSlices(
    count: number,
    atOnce: number,
    work: (start: number, end: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (let done = 0; done < count; done += atOnce) {
      if (this.#isPatient && performance.now() > this.#sliceEnd) {
        await this.#turns.next()
        signal?.throwIfAborted()
        this.#sliceEnd = performance.now() + SLICE_MS
      }
      const end = Math.min(done + atOnce, count)
      if (this.#isBackwards) work(count - end, count - done)
      else work(done, end)
    }
  }

  #lookAtAll = (start: number, end: number): void => {
    const { order, isMatch } = this.#request
    const { columns } = this.#slots
    const numbers = columns.ordering(order)
    for (let index = start; index < end; index++) {
      const slot = this.#isBackwards ? start + end - 1 - index : index
      if (columns.isUsed(slot) && (isMatch === undefined || isMatch(slot))) this.#take(slot, numbers)
    }
  }

  #lookForName(segment: number, name: string): void {
    const { order, isMatch } = this.#request
    const numbers = this.#slots.columns.ordering(order)
    const found = this.#slots.names.search(segment, name)
    for (let index = 0; index < found.length; index++) {
      const slot = found[this.#isBackwards ? found.length - 1 - index : index]!
      if (isMatch === undefined || isMatch(slot)) this.#take(slot, numbers)
    }
  }

  /** Looks at slots one by one, also again. */
  #lookAt(slots: Uint32Array, signal: AbortSignal | undefined): Promise<void> {
    const { order, isMatch, name } = this.#request
    const { columns, names } = this.#slots
    return this.#inSlices(
      slots.length,
      SLOTS_PER_LOOK,
      (start, end) => {
        for (let index = start; index < end; index++) {
          const slot = slots[index]!
          if (this.#matched.delete(slot)) this.#page.withdraw(slot)
          if (!columns.isUsed(slot)) continue
          if (name !== undefined && !names.get(slot).includes(name)) continue
          if (!isMatch || isMatch(slot)) this.#take(slot, columns.ordering(order))
        }
      },
      signal,
    )
  }

  #take(slot: number, numbers: Float64Array | undefined): void {
    this.#matched.add(slot)
    if (numbers === undefined) this.#page.offer(slot, this.#slots.sortedNameOf(slot))
    else if (this.#page.isBehind(numbers[slot]!)) this.#page.isCut = true
    else this.#page.offer(slot, numbers[slot]!)
  }
}
