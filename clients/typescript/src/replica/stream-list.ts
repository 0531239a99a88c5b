import type { ChatStream } from '../../gen/chatapi/v1/chat_api_pb.js'
import { compareText } from './chats.ts'
import type { Held } from './copy.ts'

/** Streams in the order of position. */
export class StreamList {
  readonly #held: Held[]
  /** The answer of before, for as long as it is true. */
  #streams: ChatStream[] | undefined

  constructor(held: Held[]) {
    this.#held = held.sort(byPosition)
  }

  get length(): number {
    return this.#held.length
  }

  at(index: number): Held {
    return this.#held[index]!
  }

  /** All of them, in an array that is the caller's. */
  streams(): ChatStream[] {
    this.#streams ??= this.#held.map(({ stream }) => stream)
    return this.#streams.slice()
  }

  /** One of them is another now. */
  touch(): void {
    this.#streams = undefined
  }

  add(held: Held): void {
    this.#held.splice(this.search(held), 0, held)
    this.touch()
  }

  remove(held: Held): void {
    this.#held.splice(this.search(held), 1)
    this.touch()
  }

  /** Where a stream stands, or would. */
  search(place: Pick<Held, 'position' | 'streamId'>): number {
    let [low, high] = [0, this.#held.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (byPosition(this.#held[middle]!, place) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function byPosition(a: Pick<Held, 'position' | 'streamId'>, b: Pick<Held, 'position' | 'streamId'>): number {
  return a.position - b.position || compareText(a.streamId, b.streamId)
}
