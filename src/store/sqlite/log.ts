import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Change, type CommitEvent, type Cursor, CursorExpiredError } from '../store.ts'
import { STORED_NAMES, storedOf } from './rows.ts'
import { allRows, firstRow, type Row, returningArrays } from './statements.ts'

/** Changes read at once. A commit with more of them is still read whole. */
const CHANGES_PER_READ = 1_000

/** Reads `changes` behind a cursor, which is the name of the store and a revision. */
export class ChangeLog {
  readonly #storeId: string
  readonly #head: StatementSync
  readonly #behind: StatementSync

  constructor(db: DatabaseSync) {
    this.#head = returningArrays(db, 'SELECT revision FROM head')
    this.#behind = returningArrays(
      db,
      `SELECT seq, revision, ${STORED_NAMES} FROM changes WHERE seq > ? ORDER BY seq LIMIT ${CHANGES_PER_READ}`,
    )
    this.#storeId = firstRow(returningArrays(db, 'SELECT store_id FROM head'))?.[0] as string
  }

  /** The revision of the last commit. */
  head(): number {
    return firstRow(this.#head)?.[0] as number
  }

  cursorAt(revision: number): Cursor {
    return `${this.#storeId}-${revision}`
  }

  revisionOf(cursor: Cursor): number {
    const [, storeId, revision] = /^([0-9a-f]{16})-([0-9]{1,15})$/.exec(cursor) ?? []
    if (storeId === undefined) throw new CursorExpiredError('this is no cursor of a SQLite store')
    if (storeId !== this.#storeId) throw new CursorExpiredError('the cursor is of another store')
    return Number(revision)
  }

  /** Some of the commits after a revision, oldest first; none when it is the last. */
  commitsAfter(revision: number): CommitEvent[] {
    // The head comes first: a commit between the two reads then shows among the rows and not as a gap.
    const head = this.head()
    const events: CommitEvent[] = []
    let changes: Change[] = []
    let last = revision
    do {
      const rows = allRows(this.#behind, last)
      if (rows.length === 0 && (last !== head || changes.length > 0)) throw expired(revision, head)
      for (const row of rows) {
        const [seq, ofCommit] = row as [number, number]
        if (seq !== ++last) throw expired(revision, head)
        changes.push(changeOf(row))
        if (seq !== ofCommit) continue
        events.push({ revision: BigInt(seq), cursor: this.cursorAt(seq), changes })
        changes = []
      }
    } while (changes.length > 0 && events.length === 0)
    return events
  }
}

function expired(revision: number, head: number): CursorExpiredError {
  return new CursorExpiredError(
    revision > head
      ? `the store ends at revision ${head}, before the cursor at ${revision}; was it restored from a backup?`
      : `the log no longer reaches back to revision ${revision}`,
  )
}

/** Reads a row of seq, revision and STORED_NAMES. */
function changeOf(row: Row): Change {
  if (row[2] === null) return { streamId: row[3] as string, after: undefined }
  const after = storedOf(row, 2)
  return { streamId: after.streamId, after }
}
