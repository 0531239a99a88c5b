import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { MAX_BATCH } from '../domain/limits.ts'
import type { TableRow } from '../importers/sqlite-table.ts'

/** A message that was read: its number in the table, and what the bot calls it. */
export type Mark = readonly [id: number, messageId: string]

/** So many that messages of the last minutes can be deleted without that reading begins anew. */
const MAX_MARKS = 32

/**
 * With how many messages reading begins. What older ones say of activity the bot has long saved, every five minutes; this
 * covers those for sixty a second.
 */
const FIRST_MESSAGES = 20_000

/**
 * The table to which a bot adds each message, read from its end. Numbers of messages that were deleted at the end are given
 * again, so a number alone does not say how far reading has come.
 */
export class MessageTail {
  readonly #page: StatementSync
  readonly #messageId: StatementSync
  readonly #last: StatementSync
  #marks: readonly Mark[]

  /**
   * @param columns of the table, besides `id` and `message_id`
   * @param marks the last messages that were read, oldest first
   */
  constructor(database: DatabaseSync, table: string, columns: readonly string[], marks: readonly Mark[]) {
    const selected = ['id', 'message_id', ...columns].map((column) => `"${column}"`).join(', ')
    this.#page = database.prepare(`SELECT ${selected} FROM ${table} WHERE id > ? ORDER BY id LIMIT ${MAX_BATCH}`)
    this.#page.setReadBigInts(true)
    this.#messageId = database.prepare(`SELECT message_id FROM ${table} WHERE id = ?`)
    this.#last = database.prepare(`SELECT max(id) AS last FROM ${table}`)
    this.#marks = marks
  }

  get marks(): readonly Mark[] {
    return this.#marks
  }

  /** Goes back to the last message that was read and is still there. False where none is: reading begins anew. */
  resume(): boolean {
    const end = this.#marks.findLastIndex(([id, messageId]) => this.#isThere(id, messageId))
    if (end + 1 < this.#marks.length) this.#marks = this.#marks.slice(0, end + 1)
    return end >= 0
  }

  /** Goes to where reading begins. */
  begin(): number {
    const [row] = this.#last.all()
    this.#marks = []
    return Math.max(0, Number(row?.last ?? 0) - FIRST_MESSAGES)
  }

  /** The next messages behind a number, by default the last one that was read: none once all are read. */
  next(after: number = this.#marks.at(-1)?.[0] ?? 0): TableRow[] {
    const rows = this.#page.all(after) as TableRow[]
    const read = rows.slice(-MAX_MARKS).map((row): Mark => [Number(row.id), String(row.message_id)])
    this.#marks = [...this.#marks, ...read].slice(-MAX_MARKS)
    return rows
  }

  #isThere(id: number, messageId: string): boolean {
    const [row] = this.#messageId.all(id)
    return row !== undefined && String(row.message_id) === messageId
  }
}
