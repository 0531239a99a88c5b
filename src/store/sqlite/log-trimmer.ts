import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isOfPlace } from './failures.ts'
import { firstRow, returningArrays } from './statements.ts'

/** How much of the log is kept, for watches to resume from. */
export interface LogRetention {
  /** How old a change may be. */
  readonly ageMs: number
  /** How large the changes may be together. */
  readonly bytes: number
  /** How many there may be. */
  readonly changes: number
}

/** A process that only writes leaves it to those that serve what is kept. */
export const KEEP_ALL: LogRetention = {
  ageMs: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  changes: Number.POSITIVE_INFINITY,
}

/** Changes deleted at once, at the least: to delete the oldest one with each new one costs a page write more. */
const TRIMMED_CHANGES = 1_000
/** Times as many are deleted with one commit, at the most: a commit is not to wait for a day of changes to go. */
const MAX_ROUNDS = 10

/**
 * Deletes the oldest changes of the log, in a transaction of its own: a log that is damaged must not fail a commit that
 * has nothing to do with it.
 */
export class LogTrimmer {
  readonly #retention: LogRetention
  readonly #first: StatementSync
  readonly #at: StatementSync
  readonly #trim: StatementSync

  constructor(db: DatabaseSync, retention: LogRetention) {
    this.#retention = retention
    this.#first = returningArrays(db, 'SELECT min(seq) FROM changes')
    this.#at = returningArrays(db, 'SELECT coalesce(commit_time, 0), coalesce(written, 0) FROM changes WHERE seq = ?')
    this.#trim = db.prepare('DELETE FROM changes WHERE seq <= ?')
  }

  /**
   * Where the place fails, a later commit tries again: the check of the database tells of damage, and the commit itself
   * of anything else.
   *
   * @param last the number of the last change
   */
  trim(last: number): void {
    try {
      this.#trimTo(last)
    } catch (error) {
      if (!isOfPlace(error)) throw error
    }
  }

  #trimTo(last: number): void {
    const first = firstRow(this.#first)?.[0]
    if (typeof first !== 'number') return
    const step = Math.min(TRIMMED_CHANGES, this.#retention.changes)
    let surplus = first - 1
    for (let round = 0; round < MAX_ROUNDS && this.#isSurplus(surplus + step, last); round++) surplus += step
    if (surplus >= first) this.#trim.run(surplus)
  }

  /** Whether a change, and all before it, may go. The last one stays: by its nonce the cursor behind it is known. */
  #isSurplus(seq: number, last: number): boolean {
    const [row, lastRow] = [firstRow(this.#at, seq), firstRow(this.#at, last)]
    if (seq >= last || !row || !lastRow) return false
    const [[time, written], [, total]] = [row as [number, number], lastRow as [number, number]]
    const { ageMs, bytes, changes } = this.#retention
    // One more than so many stays, for the same reason.
    return last - seq > changes || time * 1_000 < Date.now() - ageMs || total - written > bytes
  }
}
