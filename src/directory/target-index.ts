import { type Target, targetsOf } from '../domain/identity.ts'
import type { Stream } from '../domain/stream.ts'
import { SlotIndex, type Slots } from './slot-index.ts'

const KINDS: readonly Target['kind'][] = ['group', 'private']

/** The slots to whose streams groups and private users lead, whatever the platform. */
export class TargetIndex {
  readonly #byId: Readonly<Record<Target['kind'], SlotIndex>> = {
    group: new SlotIndex(),
    private: new SlotIndex(),
  }
  /** The slots of streams into which others were merged. */
  readonly #merged = new Set<number>()

  get({ kind, id }: Target): Slots | undefined {
    return this.#byId[kind].get(id)
  }

  /** Whether others were merged into the stream of a slot, so that a look at its columns does not tell all that it is. */
  isMerged(slot: number): boolean {
    return this.#merged.has(slot)
  }

  add(slot: number, stream: Stream): void {
    for (const { kind, id } of targetsOf(stream)) this.#byId[kind].add(id, slot)
    if (stream.mergedChats) this.#merged.add(slot)
  }

  remove(slot: number, stream: Stream): void {
    for (const { kind, id } of targetsOf(stream)) this.#byId[kind].remove(id, slot)
    this.#merged.delete(slot)
  }

  /** The targets that lead to several slots. Those that come while it is read are told as well. */
  *shared(): Generator<Target, undefined, undefined> {
    for (const kind of KINDS) for (const id of this.#byId[kind].shared) yield { kind, id }
  }
}
