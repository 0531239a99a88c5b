import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { LeaseLostError, type Progress } from '../store.ts'
import { firstRow, returningArrays } from './statements.ts'

const MS_PER_SECOND = 1_000

/** Reads who follows bots into the store, and how far. */
export class FollowingReads {
  readonly #lease: StatementSync
  readonly #place: StatementSync

  constructor(db: DatabaseSync) {
    this.#lease = returningArrays(db, 'SELECT holder, end_time FROM lease')
    this.#place = returningArrays(db, 'SELECT place FROM followed WHERE source = ?')
  }

  /** The holder whose lease has not run out; undefined where there is none. */
  holder(): string | undefined {
    const [holder, endTime] = firstRow(this.#lease) ?? []
    return typeof endTime === 'number' && endTime > now() ? (holder as string) : undefined
  }

  placeIn(source: string): string | undefined {
    return firstRow(this.#place, source)?.[0] as string | undefined
  }
}

/** Writes the same, inside a transaction that its caller holds. */
export class FollowingWrites {
  readonly #reads: FollowingReads
  readonly #clear: StatementSync
  readonly #take: StatementSync
  readonly #end: StatementSync
  readonly #isHeld: StatementSync
  readonly #keep: StatementSync

  constructor(db: DatabaseSync) {
    this.#reads = new FollowingReads(db)
    this.#clear = db.prepare('DELETE FROM lease')
    this.#take = db.prepare('INSERT INTO lease (holder, end_time) VALUES (?, ?)')
    this.#end = db.prepare('DELETE FROM lease WHERE holder = ?')
    this.#isHeld = returningArrays(db, 'SELECT 1 FROM lease WHERE holder = ?')
    this.#keep = db.prepare('INSERT OR REPLACE INTO followed (source, place) VALUES (?, ?)')
  }

  /** Returns who has the lease then. */
  take(holder: string, durationMs: number, gone: string | undefined): string {
    const other = this.#reads.holder()
    if (other !== undefined && other !== holder && other !== gone) return other
    this.#clear.run()
    this.#take.run(holder, now() + durationMs / MS_PER_SECOND)
    return holder
  }

  end(holder: string): void {
    this.#end.run(holder)
  }

  /** Throws before anything is written where the holder has no lease. */
  keep({ holder, source, place }: Progress): void {
    if (!firstRow(this.#isHeld, holder)) throw new LeaseLostError()
    this.#keep.run(source, place)
  }
}

function now(): number {
  return Date.now() / MS_PER_SECOND
}
