import { type Predicate, predicateOf, type StreamFilter } from '../../domain/filter.ts'
import type { Frame, FrameCodec } from '../rows.ts'
import type { TableSnapshot } from '../table-snapshot.ts'
import { type AppliedChange, type AppliedCommit, type SeenChange, seenChange } from './changes.ts'
import { Digest, etagNumber } from './digest.ts'
import type { Message, Watcher } from './watcher.ts'

/** Streams that are counted in one turn of the event loop: under a millisecond of work. */
const STREAMS_PER_TURN = 250

/** What its watchers have in common. */
export interface GroupOptions {
  /** With the scope of its watchers. */
  readonly filter: StreamFilter
  readonly isScoped: boolean
  readonly omitsPrevious: boolean
}

/** Watchers with one filter. What they are told is decided, and encoded, once for all of them. */
export class WatcherGroup {
  readonly options: GroupOptions
  readonly watchers = new Set<Watcher>()
  readonly #isMatch: Predicate
  readonly #codec: FrameCodec
  readonly #digest = new Digest()
  /** Whether the digest is that of all streams; until then, of those that were counted and changed. */
  #isCounted = false

  constructor(options: GroupOptions, codec: FrameCodec) {
    this.options = options
    this.#isMatch = predicateOf(options.filter)
    this.#codec = codec
  }

  /** Counts what matches, bit by bit. What changes meanwhile is told by `seen`. */
  async count(snapshot: TableSnapshot, signal: AbortSignal): Promise<void> {
    const add = (frame: Uint8Array) => this.#digest.add(this.#etag(frame))
    try {
      while (!signal.aborted && snapshot.read(STREAMS_PER_TURN, add)) await new Promise(setImmediate)
      this.#isCounted = !signal.aborted
    } finally {
      snapshot.close()
    }
  }

  /** What matches now; undefined while that is not known yet. */
  get digest(): Readonly<Digest> | undefined {
    return this.#isCounted ? this.#digest : undefined
  }

  /** What the watchers see of a commit that has just been applied. */
  seen({ changes }: AppliedCommit): SeenChange[] {
    const seen: SeenChange[] = []
    for (const change of changes) {
      const one = this.#seenOf(change, true)
      if (!one) continue
      seen.push(one)
      if (one.previous) this.#digest.remove(this.#etag(one.previous))
      if (one.frame) this.#digest.add(this.#etag(one.frame))
    }
    return this.#withoutPrevious(seen)
  }

  /** The same of a commit of before, of which the digest knows already. */
  seenBefore({ changes }: AppliedCommit): SeenChange[] {
    const seen = changes
      .map((change) => this.#seenOf(change, !this.options.isScoped))
      .filter((one) => one !== undefined)
    return this.#withoutPrevious(seen)
  }

  tell(message: Message): void {
    for (const watcher of this.watchers) watcher.push(message)
  }

  #etag(frame: Frame): bigint {
    return etagNumber(this.#codec.etag(frame))
  }

  #seenOf(change: AppliedChange, mayTellUnknown: boolean): SeenChange | undefined {
    return seenChange(change, this.#isMatch, mayTellUnknown)
  }

  #withoutPrevious(seen: SeenChange[]): SeenChange[] {
    return this.options.omitsPrevious ? seen.map((change) => ({ ...change, previous: undefined })) : seen
  }
}
