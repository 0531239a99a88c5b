import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Fields } from './fields.ts'
import { SourceError, type SourceRow } from './source.ts'
import { explainSqliteError, type SqliteFile } from './sqlite-file.ts'

/** A table of a bot, and the columns of it that say something of a stream. */
export interface TableForm {
  readonly table: string
  /** Whose it is. Default: MaiBot. */
  readonly maker?: string
  /** The number of a row. Default: `id`. */
  readonly idColumn?: string
  readonly textColumns: readonly string[]
  readonly timeColumns: readonly string[]
  /** Columns that say nothing of a stream. */
  readonly ignoredColumns?: readonly string[]
  /** Columns that only some versions have. */
  readonly optionalColumns?: readonly string[]
  /** What is to be known of a row besides its columns, in SQL by name. */
  readonly expressions?: Readonly<Record<string, string>>
  /** The row of a stream, whose absent columns are undefined. */
  readRow(place: string, row: TableRow, fields: Fields): SourceRow
}

export type TableRow = Readonly<Record<string, unknown>>

/** Which columns of a form a database has, and which it has besides. */
export interface Table extends TableForm {
  /** Besides the number. */
  readonly columns: readonly string[]
  readonly unknownColumns: readonly string[]
}

export interface CountedTable extends Table {
  readonly count: number
}

/**
 * Finds the columns of a table, and looks at every page of it before the first row is read, so that a damaged file changes
 * nothing. Throws `SourceError` where the table is not that of a bot.
 */
export function openTable(file: SqliteFile, form: TableForm): CountedTable {
  const table = findTable(file, form)
  refuseDamaged(file, form.table)
  const { count } = file.database.prepare(`SELECT count(*) AS count FROM ${form.table}`).get() as { count: number }
  return { ...table, count }
}

/** Finds the columns of a table. Throws `SourceError` where it is not that of a bot. */
export function findTable({ database, path }: Pick<SqliteFile, 'database' | 'path'>, form: TableForm): Table {
  const { table, idColumn = 'id', textColumns, timeColumns, optionalColumns = [], ignoredColumns = [] } = form
  const names = columnsOf(database, table)
  const known = [...textColumns, ...timeColumns]
  const missing = [idColumn, ...known].filter((column) => !names.includes(column) && !optionalColumns.includes(column))
  if (missing.length > 0) {
    throw new SourceError(
      `the table ${table} of ${path} lacks ${missing.join(', ')}; it is not one that ${form.maker ?? 'MaiBot'} made`,
    )
  }
  const others = [idColumn, ...known, ...ignoredColumns]
  return {
    ...form,
    columns: known.filter((column) => names.includes(column)),
    unknownColumns: names.filter((name) => !others.includes(name)),
  }
}

/** The columns of a table; none where there is no such table. */
export function columnsOf(database: DatabaseSync, table: string): string[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name))
}

/** @param showTable whether places name the table: where the database has several */
export function* readTable(file: SqliteFile, form: Table, showTable: boolean): Generator<SourceRow> {
  const { database, path } = file
  const expressions = Object.entries(form.expressions ?? {}).map(([name, sql]) => `${sql} AS ${quoted(name)}`)
  const selected = [selectionOf(form), ...expressions].join(', ')
  const select = database.prepare(`SELECT ${selected} FROM ${form.table} ORDER BY ${idOf(form)}`)
  // Ids of users and groups go beyond what a double holds.
  select.setReadBigInts(true)
  const rows = new RowReader(database, form)
  try {
    for (const row of select.iterate() as Iterable<TableRow>) {
      yield rows.read(showTable ? `${form.table} row ${row.id}` : `row ${row.id}`, row)
    }
  } catch (error) {
    throw explainSqliteError(path, error)
  }
}

/** All columns of a table that may say something, for `SELECT`; the number of a row as `id`. */
export function selectionOf(table: Table): string {
  return [`${idOf(table)} AS id`, ...[...table.columns, ...table.unknownColumns].map(quoted)].join(', ')
}

function idOf({ idColumn = 'id' }: TableForm): string {
  return quoted(idColumn)
}

/** Reads rows of a table that were selected with integers as bigints. */
export class RowReader {
  readonly #table: Table
  readonly #textColumns: readonly string[]
  readonly #bytes: StatementSync
  readonly #isUtf8: boolean

  constructor(database: DatabaseSync, table: Table) {
    this.#table = table
    this.#textColumns = table.textColumns.filter((column) => table.columns.includes(column))
    const bytes = this.#textColumns.map((column) => `CAST(${column} AS BLOB) AS ${column}`)
    this.#bytes = database.prepare(`SELECT ${bytes.join(', ')} FROM ${table.table} WHERE ${idOf(table)} = ?`)
    const [encoding] = database.prepare('PRAGMA encoding').all()
    this.#isUtf8 = encoding?.encoding === 'UTF-8'
  }

  read(place: string, row: TableRow): SourceRow {
    const fields = new Fields()
    const suspects = this.#isUtf8 ? this.#textColumns.filter((column) => isReplaced(row[column])) : []
    const [bytes] = suspects.length > 0 ? this.#bytes.all(row.id as bigint) : []
    if (bytes) checkEncoding(row, bytes, suspects, fields)
    const unknown = Object.fromEntries(this.#table.unknownColumns.map((name) => [name, row[name]]))
    fields.leaveOut(unknown, 'what this column says is not known')
    return this.#table.readRow(place, row, fields)
  }
}

function refuseDamaged({ database, path }: SqliteFile, table: string): void {
  const problems = database.prepare(`PRAGMA quick_check('${table}')`).all() as { quick_check: string }[]
  // What breaks a rule of the table is a broken row, not a broken file.
  const isOfRow = /^ok$|^(NULL|TEXT|NUMERIC|INT|non-\w+) value in |^CHECK constraint failed/
  const damage = problems.map(({ quick_check }) => quick_check).find((problem) => !isOfRow.test(problem))
  if (damage) throw new SourceError(`${path} is damaged (${damage.trim().replace(/\s+/g, ' ')}); nothing was imported`)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Whether the text may stand for bytes that are not UTF-8, in whose place reading puts U+FFFD. */
function isReplaced(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\uFFFD')
}

function checkEncoding(row: TableRow, bytes: TableRow, suspects: readonly string[], fields: Fields): void {
  for (const column of suspects) {
    if (!Buffer.from(row[column] as string).equals(bytes[column] as Uint8Array)) {
      fields.reject(column, 'is not valid UTF-8')
    }
  }
}
