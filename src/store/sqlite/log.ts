import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { tombstoneOf } from '../../domain/tombstone.ts'
import { type Change, type CommitEvent, type Cursor, CursorExpiredError, type StateBefore } from '../store.ts'
import { beforeDifferences, fromWholeRow, STORED_NAMES, storedOf } from './rows.ts'
import { allRows, firstRow, type Row, returningArrays } from './statements.ts'

/** Changes read at once. A commit with more of them is still read whole. */
const CHANGES_PER_READ = 1_000

/** What is read of a change before the stream. */
const CHANGE_NAMES = 'seq, revision, nonce, kind, before, merged_into, delete_time'
const STORED_AT = 7

type Text = string | null

/**
 * Reads `changes` behind a cursor: the name of the history, a revision, and the nonce of its commit, by which a commit of
 * the same number is told apart that was made after the file was put back to an older state.
 */
export class ChangeLog {
  readonly #head: StatementSync
  readonly #size: StatementSync
  readonly #nonceAt: StatementSync
  readonly #first: StatementSync
  readonly #behind: StatementSync

  constructor(db: DatabaseSync) {
    // The incarnation each time anew: a backup may be restored into a file that is open.
    // Changes are numbered without gaps: counting them would read them all.
    this.#size = returningArrays(
      db,
      'SELECT coalesce((SELECT max(seq) FROM changes) - (SELECT min(seq) FROM changes) + 1, 0)',
    )
    this.#head = returningArrays(db, 'SELECT revision, nonce, incarnation FROM head')
    this.#nonceAt = returningArrays(db, 'SELECT coalesce(nonce, 0) FROM changes WHERE seq = ?')
    this.#first = returningArrays(db, 'SELECT seq, revision FROM changes ORDER BY seq LIMIT 1')
    this.#behind = returningArrays(
      db,
      `SELECT ${CHANGE_NAMES}, ${STORED_NAMES} FROM changes WHERE seq > ? ORDER BY seq LIMIT ${CHANGES_PER_READ}`,
    )
  }

  /** The revision of the last commit. */
  head(): number {
    return this.#readHead().revision
  }

  /** The name of the history. */
  incarnation(): string {
    return this.#readHead().incarnation
  }

  /** How many changes there are. */
  size(): number {
    return firstRow(this.#size)?.[0] as number
  }

  /** The oldest revision whose cursor leads on. */
  oldest(): number {
    const [seq, ofCommit] = (firstRow(this.#first) as [number, number] | undefined) ?? [undefined, this.head()]
    return seq === 1 ? 0 : ofCommit
  }

  /** The cursor behind the last commit. */
  cursor(): Cursor {
    const { revision, nonce, incarnation } = this.#readHead()
    return formatCursor(incarnation, revision, nonce)
  }

  revisionOf(cursor: Cursor): number {
    const [, incarnation, digits, nonce] = /^([0-9a-f]{16})-([0-9]{1,15})-([0-9]{1,15})$/.exec(cursor) ?? []
    if (incarnation === undefined) throw new CursorExpiredError('this is no cursor of a SQLite store')
    const head = this.#readHead()
    if (incarnation !== head.incarnation) throw new CursorExpiredError('the cursor is of another store or history')
    const revision = Number(digits)
    if (revision > head.revision) throw expired(revision, head.revision)
    const known = revision === head.revision ? head.nonce : revision === 0 ? 0 : firstRow(this.#nonceAt, revision)?.[0]
    if (known === undefined) throw expired(revision, head.revision)
    if (known !== Number(nonce)) {
      throw new CursorExpiredError(`the commit at revision ${revision} is another one; was it restored from a backup?`)
    }
    return revision
  }

  /** Some of the commits after a revision, oldest first; none when it is the last. */
  commitsAfter(revision: number): CommitEvent[] {
    // The head comes first: a commit between the two reads then shows among the rows and not as a gap.
    const { revision: head, incarnation } = this.#readHead()
    const events: CommitEvent[] = []
    let changes: Change[] = []
    let last = revision
    do {
      const rows = allRows(this.#behind, last)
      if (rows.length === 0 && (last !== head || changes.length > 0)) throw expired(revision, head)
      for (const row of rows) {
        const [seq, ofCommit, nonce] = row as [number, number, number | null]
        if (seq !== ++last) throw expired(revision, head)
        changes.push(changeOf(row))
        if (seq !== ofCommit) continue
        events.push({ revision: BigInt(seq), cursor: formatCursor(incarnation, seq, nonce ?? 0), changes })
        changes = []
      }
    } while (changes.length > 0 && events.length === 0)
    return events
  }

  #readHead(): { revision: number; nonce: number; incarnation: string } {
    const [revision, nonce, incarnation] = firstRow(this.#head) as [number, number, string]
    return { revision, nonce, incarnation }
  }
}

function formatCursor(incarnation: string, revision: number, nonce: number): Cursor {
  return `${incarnation}-${revision}-${nonce}`
}

function expired(revision: number, head: number): CursorExpiredError {
  return new CursorExpiredError(
    revision > head
      ? `the store ends at revision ${head}, before the cursor at ${revision}; was it restored from a backup?`
      : `the log no longer reaches back to revision ${revision}`,
  )
}

/** Reads a row of CHANGE_NAMES and STORED_NAMES. */
function changeOf(row: Row): Change {
  const [kind, before, mergedInto, deleteTime] = row.slice(3, STORED_AT) as [Text, Text, Text, number | null]
  if (row[STORED_AT] === null) {
    const removed = kind === null ? 'unknown' : fromWholeRow(before as string)
    const isRemembered = deleteTime !== null && removed !== 'unknown'
    return {
      streamId: row[STORED_AT + 1] as string,
      before: removed,
      after: undefined,
      ...(mergedInto !== null && { mergedInto }),
      ...(isRemembered && { tombstone: tombstoneOf(removed.stream, deleteTime) }),
    }
  }
  const after = storedOf(row, STORED_AT)
  return { streamId: after.streamId, before: stateBefore(kind, before, row), after }
}

/** Changes of release 0.1, which say no kind, do not say what was before. */
function stateBefore(kind: Text, before: Text, row: Row): StateBefore {
  if (kind === null) return 'unknown'
  return before === null ? undefined : beforeDifferences(before, row, STORED_AT)
}
