import { type Duplicate, duplicatesAmong, type LedTo } from '../domain/duplicates.ts'
import type { Target } from '../domain/identity.ts'
import type { PlatformAliases } from '../domain/platform.ts'
import type { LoopTurns } from './loop-turns.ts'
import { MAX_PATIENT_ROUNDS, SLICE_MS } from './search.ts'

/** Where several streams share what leads to them. */
export interface SharedTargets {
  /** The targets that lead to several slots. Those that come while it is read are told as well. */
  all(): Iterator<Target, undefined>
  /** The chats to which a target leads, of the streams that are compared. */
  chatsOf(target: Target): LedTo<number>[]
}

export interface FoundDuplicates {
  readonly duplicates: readonly Duplicate<number>[]
  /** Whether there may be more. */
  readonly isCut: boolean
}

/**
 * Looks for streams that seem to be one chat, in slices, between which others have their turn. What changes meanwhile is looked at
 * again, so that all it has found in the end is of one moment.
 */
export class DuplicateSearch {
  readonly #shared: SharedTargets
  readonly #aliases: PlatformAliases
  readonly #limit: number
  readonly #turns: LoopTurns
  readonly #found = new Map<string, readonly Duplicate<number>[]>()
  readonly #changed = new Map<string, Target>()
  #count = 0
  #sliceEnd = 0

  /** @param limit at most so many are told */
  constructor(shared: SharedTargets, aliases: PlatformAliases, limit: number, turns: LoopTurns) {
    this.#shared = shared
    this.#aliases = aliases
    this.#limit = limit
    this.#turns = turns
  }

  /** Notes that a target leads elsewhere, or to another state of a stream. */
  noteChange(target: Target): void {
    this.#changed.set(keyOf(target), target)
  }

  /** @param answer is called at the moment that all of it is of */
  async run<T>(signal: AbortSignal | undefined, answer: (found: FoundDuplicates) => T): Promise<T> {
    this.#sliceEnd = performance.now() + SLICE_MS
    const targets = this.#shared.all()
    let isEnd = false
    for (let round = 0; ; round++) {
      while (!isEnd && this.#count <= this.#limit) {
        await this.#pause(signal)
        const next = targets.next()
        isEnd = next.done === true
        if (!next.done) this.#lookAt(next.value)
      }
      if (this.#changed.size === 0) break
      const changed = [...this.#changed.values()]
      this.#changed.clear()
      for (const target of changed) {
        if (round < MAX_PATIENT_ROUNDS) await this.#pause(signal)
        this.#lookAt(target)
      }
    }
    return answer({
      duplicates: [...this.#found.values()].flat().slice(0, this.#limit),
      isCut: !isEnd || this.#count > this.#limit,
    })
  }

  async #pause(signal: AbortSignal | undefined): Promise<void> {
    if (performance.now() <= this.#sliceEnd) return
    await this.#turns.next()
    signal?.throwIfAborted()
    this.#sliceEnd = performance.now() + SLICE_MS
  }

  #lookAt(target: Target): void {
    const key = keyOf(target)
    this.#count -= this.#found.get(key)?.length ?? 0
    this.#found.delete(key)
    const duplicates = duplicatesAmong(this.#shared.chatsOf(target), this.#aliases)
    if (duplicates.length === 0) return
    this.#found.set(key, duplicates)
    this.#count += duplicates.length
  }
}

function keyOf({ kind, id }: Target): string {
  return `${kind} ${id}`
}
