import type { OrderedPlace, StreamOrder } from '../domain/order.ts'
import type { Columns } from './columns.ts'
import type { LoopTurns } from './loop-turns.ts'
import type { NameSegments } from './name-segments.ts'
import { SlotSet } from './slot-set.ts'
import { type Entry, type Places, SortedPage } from './sorted-page.ts'

/** For how long a search may hold up others, in milliseconds. */
const SLICE_MS = 0.25
/** Slots looked at between two looks at the clock. */
const SLOTS_PER_LOOK = 64
/** How often a search lets others have their turn while it follows up what changed; then it looks at the rest at once. */
const MAX_PATIENT_ROUNDS = 8
/** Names are looked through all together, unless the candidates are fewer than this part of the slots. */
const FEW = 1 / 16

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
  /** The slots that may match, as of now, in the order of places. */
  readonly candidates: Uint32Array
  /** Whether all candidates match, but for their names. */
  readonly isSifted: boolean
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
    const { candidates, isSifted, isMatch, name } = this.#request
    if (name !== undefined && candidates.length >= this.#slots.columns.slotCount * FEW)
      await this.#lookForName(name, signal)
    else await this.#lookAt(candidates, isSifted ? undefined : isMatch, signal)
    for (let round = 1; this.#changed.size > 0; round++) {
      this.#isPatient = round <= MAX_PATIENT_ROUNDS
      const changed = Uint32Array.from(this.#changed)
      this.#changed.clear()
      await this.#lookAt(changed, isMatch, signal)
    }
    return answer({ entries: this.#page.entries, isCut: this.#page.isCut, total: this.#matched.size })
  }

  async #lookAt(slots: Uint32Array, isMatch: SlotTest | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { name } = this.#request
    const { columns, names } = this.#slots
    for (let start = 0; start < slots.length; start += SLOTS_PER_LOOK) {
      if (this.#isTimeUp()) await this.#pause(signal)
      const end = Math.min(start + SLOTS_PER_LOOK, slots.length)
      for (let index = start; index < end; index++) {
        const slot = slots[this.#isBackwards ? slots.length - 1 - index : index]!
        if (this.#matched.delete(slot)) this.#page.withdraw(slot)
        if (!columns.isUsed(slot)) continue
        if (name !== undefined && !names.get(slot).includes(name)) continue
        if (!isMatch || isMatch(slot)) this.#take(slot)
      }
    }
  }

  async #lookForName(name: string, signal: AbortSignal | undefined): Promise<void> {
    const { isMatch } = this.#request
    const { names } = this.#slots
    const count = names.segmentCount
    for (let index = 0; index < count; index++) {
      if (this.#isTimeUp()) await this.#pause(signal)
      const found = names.search(this.#isBackwards ? count - 1 - index : index, name)
      for (let at = 0; at < found.length; at++) {
        const slot = found[this.#isBackwards ? found.length - 1 - at : at]!
        if (!isMatch || isMatch(slot)) this.#take(slot)
      }
    }
  }

  #take(slot: number): void {
    this.#matched.add(slot)
    const numbers = this.#slots.columns.ordering(this.#request.order)
    this.#page.offer(slot, numbers ? numbers[slot]! : this.#slots.sortedNameOf(slot))
  }

  #isTimeUp(): boolean {
    return this.#isPatient && performance.now() > this.#sliceEnd
  }

  async #pause(signal: AbortSignal | undefined): Promise<void> {
    await this.#turns.next()
    signal?.throwIfAborted()
    this.#sliceEnd = performance.now() + SLICE_MS
  }
}
