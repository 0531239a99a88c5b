import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Tombstone } from '../../domain/tombstone.ts'
import { type Snapshot, StoreClosedError, type StoredStream } from '../store.ts'
import { openReader } from './connection.ts'
import { failureInUse } from './failures.ts'
import { ChangeLog } from './log.ts'
import { STORED_NAMES, storedOf } from './rows.ts'
import { allRows, firstRow, returningArrays } from './statements.ts'
import { TombstoneReads } from './tombstones.ts'

const STREAMS_PER_BATCH = 1_000

/** One state of the store, read through a connection of its own inside one read transaction. */
export class SqliteSnapshot implements Snapshot {
  readonly directoryId: string
  readonly revision: bigint
  readonly cursor: string
  readonly approximateCount: number
  readonly batches: AsyncIterable<StoredStream[]>
  readonly tombstones: readonly Tombstone[]
  readonly #path: string
  readonly #db: DatabaseSync
  readonly #signal: AbortSignal | undefined
  readonly #onRelease: (snapshot: SqliteSnapshot) => void
  readonly #behind: StatementSync
  readonly #release = () => this.#end(undefined)
  #position = 0
  #released = false
  #failure: unknown

  constructor(path: string, signal: AbortSignal | undefined, onRelease: (snapshot: SqliteSnapshot) => void) {
    this.#path = path
    this.#signal = signal
    this.#onRelease = onRelease
    this.#db = openReader(path)
    try {
      this.#db.exec('BEGIN')
      const log = new ChangeLog(this.#db)
      this.directoryId = log.incarnation()
      this.revision = BigInt(log.head())
      this.cursor = log.cursor()
      this.approximateCount = firstRow(returningArrays(this.#db, 'SELECT count(*) FROM streams'))?.[0] as number
      this.tombstones = new TombstoneReads(this.#db).all()
      this.#behind = returningArrays(
        this.#db,
        `SELECT ${STORED_NAMES} FROM streams WHERE position > ? ORDER BY position LIMIT ${STREAMS_PER_BATCH}`,
      )
    } catch (error) {
      this.#db.close()
      throw error
    }
    signal?.addEventListener('abort', this.#release, { once: true })
    // An object and not a generator: leaving a generator that never started would not run its `finally`.
    const iterator: AsyncIterator<StoredStream[]> = {
      next: () => this.#next(),
      return: async () => {
        this.#end(undefined)
        return { done: true, value: undefined }
      },
    }
    this.batches = { [Symbol.asyncIterator]: () => iterator }
  }

  close(): void {
    this.#end(new StoreClosedError())
  }

  async #next(): Promise<IteratorResult<StoredStream[], undefined>> {
    // The server that loads a million streams goes on answering between two batches.
    if (this.#position > 0) await nextTurn()
    this.#signal?.throwIfAborted()
    if (this.#failure) throw this.#failure
    if (this.#released) return { done: true, value: undefined }
    const batch = this.#read()
    if (batch.length > 0) return { done: false, value: batch }
    this.#end(undefined)
    return { done: true, value: undefined }
  }

  #read(): StoredStream[] {
    try {
      const batch = allRows(this.#behind, this.#position).map((row) => storedOf(row))
      this.#position = batch.at(-1)?.position ?? this.#position
      return batch
    } catch (error) {
      this.#end(failureInUse(this.#path, error))
      throw this.#failure
    }
  }

  #end(failure: unknown): void {
    if (this.#released) return
    this.#released = true
    this.#failure = failure
    this.#signal?.removeEventListener('abort', this.#release)
    this.#db.close()
    this.#onRelease(this)
  }
}
