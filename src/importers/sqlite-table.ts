import { Fields } from './fields.ts'
import { SourceError, type SourceRow } from './source.ts'
import { explainSqliteError, type SqliteFile } from './sqlite-file.ts'

/** A table of a bot, and the columns of it that say something of a stream. */
export interface TableForm {
  readonly table: string
  readonly textColumns: readonly string[]
  readonly timeColumns: readonly string[]
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
  readonly columns: readonly string[]
  readonly unknownColumns: readonly string[]
  readonly count: number
}

/**
 * Finds the columns of a table, and looks at every page of it before the first row is read, so that a damaged file changes
 * nothing. Throws `SourceError` where the table is not that of a bot.
 */
export function openTable(file: SqliteFile, form: TableForm): Table {
  const { database, path } = file
  const { table, textColumns, timeColumns, optionalColumns = [] } = form
  const present = database.prepare('SELECT name FROM pragma_table_info(?)').all(table)
  const names = present.map(({ name }) => String(name))
  const known = ['id', ...textColumns, ...timeColumns]
  const missing = known.filter((column) => !names.includes(column) && !optionalColumns.includes(column))
  if (missing.length > 0) {
    throw new SourceError(`the table ${table} of ${path} lacks ${missing.join(', ')}; it is not one that MaiBot made`)
  }
  refuseDamaged(file, table)
  const { count } = database.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }
  return {
    ...form,
    columns: known.filter((column) => names.includes(column)),
    unknownColumns: names.filter((name) => !known.includes(name)),
    count,
  }
}

/** @param showTable whether places name the table: where the database has several */
export function* readTable(file: SqliteFile, form: Table, showTable: boolean): Generator<SourceRow> {
  const { database, path } = file
  const { table, columns, unknownColumns } = form
  const textColumns = form.textColumns.filter((column) => columns.includes(column))
  const expressions = Object.entries(form.expressions ?? {}).map(([name, sql]) => `${sql} AS ${quoted(name)}`)
  const selected = [...[...columns, ...unknownColumns].map(quoted), ...expressions].join(', ')
  const select = database.prepare(`SELECT ${selected} FROM ${table} ORDER BY id`)
  // Ids of users and groups go beyond what a double holds.
  select.setReadBigInts(true)
  const bytes = database.prepare(
    `SELECT ${textColumns.map((column) => `CAST(${column} AS BLOB) AS ${column}`).join(', ')} FROM ${table} WHERE id = ?`,
  )
  const { encoding } = database.prepare('PRAGMA encoding').get() as { encoding: string }
  try {
    for (const row of select.iterate() as Iterable<TableRow>) {
      const fields = new Fields()
      const suspects = encoding === 'UTF-8' ? textColumns.filter((column) => isReplaced(row[column])) : []
      if (suspects.length > 0) checkEncoding(row, bytes.get(row.id as bigint) as TableRow, suspects, fields)
      const unknown = Object.fromEntries(unknownColumns.map((name) => [name, row[name]]))
      fields.leaveOut(unknown, 'what this column says is not known')
      yield form.readRow(showTable ? `${table} row ${row.id}` : `row ${row.id}`, row, fields)
    }
  } catch (error) {
    throw explainSqliteError(path, error)
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
