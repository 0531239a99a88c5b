import { compareInOrder, type OrderedPlace, type SortKey, type StreamOrder } from '../domain/order.ts'
import { compareText } from '../domain/stream.ts'

export interface Entry extends OrderedPlace {
  readonly slot: number
}

/** Where the places of slots are told from. */
export interface Places {
  positionOf(slot: number): number
  streamIdOf(slot: number): string
}

/** The first of the streams behind a place, in an order, of all that are offered one after another in any order. */
export class SortedPage {
  readonly entries: Entry[] = []
  /** Whether more was offered than is kept. */
  isCut = false
  readonly #order: StreamOrder
  readonly #after: OrderedPlace | undefined
  readonly #limit: number
  readonly #places: Places
  /** What comes behind is left out. */
  #last: OrderedPlace | undefined
  /** Its key, where that is a number; else what no number is less or more than. */
  #lastNumber = Number.NaN

  constructor(order: StreamOrder, after: OrderedPlace | undefined, limit: number, places: Places) {
    this.#order = order
    this.#after = after
    this.#limit = limit
    this.#places = places
  }

  /**
   * Whether a number is behind the page, whatever the place that goes with it: most of what there is can be passed over with
   * this one comparison.
   */
  isBehind(key: number): boolean {
    return this.#order.isDescending ? key < this.#lastNumber : key > this.#lastNumber
  }

  offer(slot: number, key: SortKey): void {
    const { entries } = this
    if (this.#last && this.#isBehind(slot, key, this.#last)) {
      this.isCut = true
      return
    }
    if (this.#after && !this.#isBehind(slot, key, this.#after)) return
    const entry = { slot, key, position: this.#places.positionOf(slot), streamId: this.#places.streamIdOf(slot) }
    entries.splice(this.#indexOf(entry), 0, entry)
    if (entries.length > this.#limit) {
      entries.pop()
      this.isCut = true
    }
    if (entries.length === this.#limit) this.#close(entries.at(-1))
  }

  /** Takes back what was offered for a slot, also where that holds another stream by now. */
  withdraw(slot: number): void {
    const index = this.entries.findIndex((entry) => entry.slot === slot)
    if (index === -1) return
    // Where more was left out already, what lies behind the last entry is not known any more.
    if (!this.isCut) this.#close(undefined)
    this.entries.splice(index, 1)
  }

  #close(last: OrderedPlace | undefined): void {
    this.#last = last
    this.#lastNumber = typeof last?.key === 'number' ? last.key : Number.NaN
  }

  #isBehind(slot: number, key: SortKey, place: OrderedPlace): boolean {
    if (key !== place.key) return key < place.key === this.#order.isDescending
    const position = this.#places.positionOf(slot)
    if (position !== place.position) return position > place.position
    return compareText(this.#places.streamIdOf(slot), place.streamId) > 0
  }

  #indexOf(entry: Entry): number {
    let low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareInOrder(this.#order, this.entries[middle]!, entry) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
