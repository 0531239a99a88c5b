import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { formerTarget, isNamed } from '../../domain/identity.ts'
import { chatsOf, type Tombstone } from '../../domain/tombstone.ts'
import type { TargetQuery } from '../store.ts'
import { allRows, returningArrays } from './statements.ts'

/** Reads what is remembered of deleted streams. */
export class TombstoneReads {
  readonly #byKey: StatementSync
  readonly #all: StatementSync

  constructor(db: DatabaseSync) {
    this.#byKey = returningArrays(
      db,
      `SELECT tombstone FROM tombstones
       WHERE stream_id IN (SELECT stream_id FROM tombstone_keys WHERE kind = ? AND id = ?)`,
    )
    this.#all = returningArrays(db, 'SELECT tombstone FROM tombstones')
  }

  find(streamIds: readonly string[], queries: readonly TargetQuery[]): Tombstone[] {
    const found = new Map<string, Tombstone>()
    for (const streamId of streamIds) {
      for (const tombstone of this.#with('id', streamId)) found.set(tombstone.streamId, tombstone)
    }
    for (const { target, platform } of queries) {
      for (const tombstone of this.#with(target.kind, target.id)) {
        const isMeant = chatsOf(tombstone).some((chat) => isNamed(chat, target, platform))
        if (isMeant) found.set(tombstone.streamId, tombstone)
      }
    }
    return [...found.values()]
  }

  all(): Tombstone[] {
    return allRows(this.#all).map(([text]) => JSON.parse(text as string))
  }

  #with(kind: string, id: string): Tombstone[] {
    return allRows(this.#byKey, kind, id).map(([text]) => JSON.parse(text as string))
  }
}

/** Remembers deleted streams, inside a transaction that its caller holds. */
export class TombstoneWrites {
  readonly #insert: StatementSync
  readonly #insertKey: StatementSync
  readonly #delete: StatementSync
  readonly #deleteKeys: StatementSync

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO tombstones (stream_id, tombstone) VALUES (?, ?)')
    this.#insertKey = db.prepare('INSERT OR IGNORE INTO tombstone_keys (kind, id, stream_id) VALUES (?, ?, ?)')
    this.#delete = db.prepare('DELETE FROM tombstones WHERE stream_id = ?')
    this.#deleteKeys = db.prepare('DELETE FROM tombstone_keys WHERE stream_id = ?')
  }

  put(tombstone: Tombstone): void {
    const { streamId } = tombstone
    this.delete(streamId)
    this.#insert.run(streamId, JSON.stringify(tombstone))
    for (const id of [streamId, ...tombstone.aliasIds]) this.#insertKey.run('id', id, streamId)
    for (const chat of chatsOf(tombstone)) {
      const target = formerTarget(chat)
      if (target) this.#insertKey.run(target.kind, target.id, streamId)
    }
  }

  delete(streamId: string): void {
    if (this.#delete.run(streamId).changes > 0) this.#deleteKeys.run(streamId)
  }
}
