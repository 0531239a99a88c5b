import type { Tombstone } from '../domain/tombstone.ts'

/** What is remembered of deleted streams, in memory: by the ids that led to them. */
export class Tombstones {
  readonly #byStream = new Map<string, Tombstone>()
  readonly #byId = new Map<string, readonly Tombstone[]>()

  put(tombstone: Tombstone): void {
    this.delete(tombstone.streamId)
    this.#byStream.set(tombstone.streamId, tombstone)
    for (const id of idsOf(tombstone)) this.#byId.set(id, [...(this.#byId.get(id) ?? []), tombstone])
  }

  delete(streamId: string): void {
    const tombstone = this.#byStream.get(streamId)
    if (!tombstone) return
    this.#byStream.delete(streamId)
    for (const id of idsOf(tombstone)) {
      const left = this.#byId.get(id)!.filter((other) => other !== tombstone)
      if (left.length > 0) this.#byId.set(id, left)
      else this.#byId.delete(id)
    }
  }

  /** Holds these and no others. */
  replace(tombstones: readonly Tombstone[]): void {
    this.#byStream.clear()
    this.#byId.clear()
    for (const tombstone of tombstones) this.put(tombstone)
  }

  /** Of the streams to which the id led. */
  get(id: string): readonly Tombstone[] {
    return this.#byId.get(id) ?? []
  }
}

function idsOf({ streamId, aliasIds }: Tombstone): Set<string> {
  return new Set([streamId, ...aliasIds])
}
