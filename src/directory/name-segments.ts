const SEGMENT_BITS = 12
/** Slots whose names stand in one text: few enough that looking through it, or writing it anew, takes no time to speak of. */
const SEGMENT_SLOTS = 1 << SEGMENT_BITS
/** Changed names after which a segment is written anew though nobody looks for any; else a load would keep them all twice. */
const MAX_PENDING = SEGMENT_SLOTS / 2

interface Segment {
  text: string
  /** Where in the text the names of each slot end, which is where those of the next begin. */
  readonly ends: Uint32Array
  /** What has changed since the text was written. */
  readonly pending: Map<number, string>
}

/**
 * The names of streams as text to look through: a million names are a few hundred strings, where finding a part of a name,
 * also of one character, is what engines do fastest. An index of words or trigrams finds no such parts.
 */
export class NameSegments {
  readonly #segments: Segment[] = []
  readonly #found = new Uint32Array(SEGMENT_SLOTS)

  get segmentCount(): number {
    return this.#segments.length
  }

  /** Sets the folded names in a slot, put together as one text. */
  set(slot: number, names: string): void {
    const segment = this.#segmentOf(slot)
    segment.pending.set(slot & (SEGMENT_SLOTS - 1), names)
    if (segment.pending.size > MAX_PENDING) write(segment)
  }

  get(slot: number): string {
    const segment = this.#segmentOf(slot)
    const index = slot & (SEGMENT_SLOTS - 1)
    const pending = segment.pending.get(index)
    return pending ?? segment.text.slice(startOf(segment, index), segment.ends[index])
  }

  /** The slots of a segment in whose names the text occurs, until the next search. */
  search(segmentIndex: number, wanted: string): Uint32Array {
    const segment = this.#segments[segmentIndex]!
    if (segment.pending.size > 0) write(segment)
    const { text, ends } = segment
    const found = this.#found
    const firstSlot = segmentIndex << SEGMENT_BITS
    let count = 0
    let index = 0
    for (let at = text.indexOf(wanted); at !== -1; ) {
      while (ends[index]! <= at) index++
      const end = ends[index]!
      const isWithin = at + wanted.length <= end
      if (isWithin) found[count++] = firstSlot + index
      at = text.indexOf(wanted, isWithin ? end : at + 1)
    }
    return found.subarray(0, count)
  }

  #segmentOf(slot: number): Segment {
    const index = slot >>> SEGMENT_BITS
    while (this.#segments.length <= index) {
      this.#segments.push({ text: '', ends: new Uint32Array(SEGMENT_SLOTS), pending: new Map() })
    }
    return this.#segments[index]!
  }
}

function startOf({ ends }: Segment, index: number): number {
  return index === 0 ? 0 : ends[index - 1]!
}

/** Writes the text of a segment anew: what has not changed is copied in as few pieces as there are. */
function write(segment: Segment): void {
  const { text, ends, pending } = segment
  const changed = Uint32Array.from(pending.keys()).sort()
  const pieces: string[] = []
  const lengths = ends.map((end, index) => end - startOf(segment, index))
  let copied = 0
  for (const index of changed) {
    const names = pending.get(index)!
    pieces.push(text.slice(copied, startOf(segment, index)), names)
    copied = ends[index]!
    lengths[index] = names.length
  }
  pieces.push(text.slice(copied))
  let end = 0
  for (let index = 0; index < SEGMENT_SLOTS; index++) {
    end += lengths[index]!
    ends[index] = end
  }
  segment.text = pieces.join('')
  pending.clear()
}
