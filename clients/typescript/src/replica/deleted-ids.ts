import { ChangeKind } from '../../gen/chatapi/v1/chat_api_pb.js'
import type { ReplicaChange } from './changes.ts'

/** Ids that are remembered, the earliest leaving first. */
const MAX_IDS = 10_000

/** The ids of streams that were seen to be deleted, and their aliases. */
export class DeletedIds {
  readonly #ids = new Set<string>()

  has(streamId: string): boolean {
    return this.#ids.has(streamId)
  }

  take({ kind, before, after, isInferred }: ReplicaChange): void {
    if (after) for (const id of [after.streamId, ...after.aliasIds]) this.#ids.delete(id)
    if (kind !== ChangeKind.DELETED || isInferred || !before) return
    for (const id of [before.streamId, ...before.aliasIds]) this.#ids.add(id)
    for (const id of this.#ids) {
      if (this.#ids.size <= MAX_IDS) break
      this.#ids.delete(id)
    }
  }
}
