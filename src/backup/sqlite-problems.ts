import type { DatabaseSync } from 'node:sqlite'
import { sqliteCode } from '../store/sqlite/failures.ts'
import { firstRow, type Row, returningArrays } from '../store/sqlite/statements.ts'

/** More tell nothing new: each names a page or a row. */
const MAX_PROBLEMS = 100

/** What is amiss in which of its tables, and how many of its rows show it. */
const INVARIANTS: readonly (readonly [sql: string, problem: string])[] = [
  ['SELECT count(*) FROM streams, head WHERE streams.position > head.position', 'streams behind the last position'],
  [
    `SELECT count(*) FROM streams, json_each(streams.alias_ids) AS alias
     WHERE NOT EXISTS (SELECT 1 FROM aliases WHERE alias_id = alias.value AND aliases.position = streams.position)`,
    'aliases of streams that are not found',
  ],
  [
    `SELECT count(*) FROM aliases LEFT JOIN streams USING (position)
     WHERE NOT EXISTS (SELECT 1 FROM json_each(streams.alias_ids) WHERE value = alias_id)`,
    'aliases that are found and that no stream has',
  ],
  ['SELECT count(*) FROM changes, head WHERE changes.seq > head.revision', 'changes behind the last revision'],
]

/** Looks through a database of ours, whatever its rows say. */
export function* sqliteProblems(db: DatabaseSync): Generator<string> {
  let isWhole = true
  try {
    for (const [text] of returningArrays(db, `PRAGMA integrity_check(${MAX_PROBLEMS})`).iterate() as Iterable<Row>) {
      if (text === 'ok') continue
      isWhole = false
      yield* String(text).split('\n')
    }
    if (!isWhole) return
    for (const [sql, problem] of INVARIANTS) {
      const count = firstRow(returningArrays(db, sql))?.[0] as number
      if (count > 0) yield `${count} ${problem}`
    }
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error
    yield (error as Error).message
  }
}
