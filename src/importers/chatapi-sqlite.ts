import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isDamage } from '../store/sqlite/failures.ts'
import { newerSchema } from '../store/sqlite/file.ts'
import { STORED_NAMES, storedOf } from '../store/sqlite/rows.ts'
import { migrate, SCHEMA_VERSION, schemaOf } from '../store/sqlite/schema.ts'
import { firstRow, type Row, returningArrays } from '../store/sqlite/statements.ts'
import type { Source, SourceRow } from './source.ts'
import { explainSqliteError, isSameFile, type SqliteFile } from './sqlite-file.ts'

/** A store of ours in a file, of this release or an earlier one. Takes over `file`, also where it throws. */
export async function readChatapiSqlite(file: SqliteFile): Promise<Source> {
  const { database, path } = file
  try {
    const { version } = schemaOf(database)
    if (version > SCHEMA_VERSION) throw newerSchema(path, version)
    if (version < SCHEMA_VERSION) migrate(database)
    const lastPosition = firstRow(returningArrays(database, 'SELECT position FROM head'))?.[0] as number
    return {
      kind: 'ChatApi, SQLite',
      approximateCount: lastPosition,
      rows: () => readRows(database, lastPosition),
      isWithin: (target) => isSameFile(path, target),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw explainSqliteError(path, error)
  }
}

/** The streams in the order of lists. Of a damaged file those that can be read, and where the others were. */
function* readRows(database: DatabaseSync, lastPosition: number): Generator<SourceRow> {
  const behind = returningArrays(database, `SELECT ${STORED_NAMES} FROM streams WHERE position > ? ORDER BY position`)
  const at = returningArrays(database, `SELECT ${STORED_NAMES} FROM streams WHERE position = ?`)
  let last = 0
  do {
    try {
      for (const row of behind.iterate(last) as Iterable<Row>) {
        const position = positionOf(row)
        if (position <= last || position > lastPosition) throw new OutOfOrder()
        last = position
        yield readRow(row)
      }
      return
    } catch (error) {
      if (!isDamage(error) && !(error instanceof OutOfOrder)) throw error
      const next = nextReadable(at, last + 1, lastPosition)
      const end = next ? positionOf(next) : lastPosition + 1
      if (end > last + 1) yield unreadable(`positions ${last + 1} to ${end - 1}`, undefined, error as Error)
      if (next) yield readRow(next)
      last = end
    }
  } while (last < lastPosition)
}

/** A page that is partly overwritten may hold rows still, and none that were written. */
class OutOfOrder extends Error {
  constructor() {
    super('the rows are out of order')
  }
}

/** The first stream from a position on that can be read. */
function nextReadable(at: StatementSync, from: number, lastPosition: number): Row | undefined {
  for (let position = from; position <= lastPosition; position++) {
    try {
      const row = firstRow(at, position)
      if (row) return row
    } catch (error) {
      if (!isDamage(error)) throw error
    }
  }
  return undefined
}

function positionOf(row: Row): number {
  return row[0] as number
}

function readRow(row: Row): SourceRow {
  const place = `position ${positionOf(row)}`
  const streamId = String(row[1])
  if (!isWhole(row)) return unreadable(place, streamId, new Error('it holds what no stream holds'))
  try {
    const { stream, position } = storedOf(row)
    return { place, streamId, stream, position }
  } catch (error) {
    if (!isDamage(error)) throw error
    return unreadable(place, streamId, error as Error)
  }
}

const COLUMNS = STORED_NAMES.split(', ')
const NUMBERS = ['position', 'create_time', 'last_active_time']
const ALWAYS_THERE = [...NUMBERS, 'stream_id', 'platform', 'account_id', 'scope']

/** Whether the values are of the types that were written. SQLite does not look when it reads. */
function isWhole(row: Row): boolean {
  return COLUMNS.every((name, column) => {
    const value = row[column]
    if (value === null) return !ALWAYS_THERE.includes(name)
    return typeof value === (NUMBERS.includes(name) ? 'number' : 'string')
  })
}

function unreadable(place: string, streamId: string | undefined, { message }: Error): SourceRow {
  return { place, streamId, fault: `cannot be read: ${message}` }
}
