import type { GroupInfo, UserInfo } from '../domain/stream.ts'
import { Fields } from './fields.ts'
import { readStream } from './read-stream.ts'
import { type Source, SourceError, type SourceRow } from './source.ts'
import { explainSqliteError, isSameFile, type SqliteFile } from './sqlite-file.ts'

const TEXT_COLUMNS = [
  'stream_id',
  'platform',
  'user_platform',
  'user_id',
  'user_nickname',
  'user_cardname',
  'group_platform',
  'group_id',
  'group_name',
] as const
const COLUMNS = ['id', ...TEXT_COLUMNS, 'create_time', 'last_active_time'] as const

type Row = Readonly<Record<(typeof COLUMNS)[number], unknown>>

/** The table `chat_streams` of MaiBot 0.7 to 0.12. Takes over `file`, also where it throws. */
export async function readMaibotSqlite(file: SqliteFile): Promise<Source> {
  const { database, path } = file
  try {
    const present = new Set(
      database
        .prepare("SELECT name FROM pragma_table_info('chat_streams')")
        .all()
        .map(({ name }) => name),
    )
    const missing = COLUMNS.filter((column) => !present.has(column))
    if (missing.length > 0) {
      throw new SourceError(
        `the table chat_streams of ${path} lacks ${missing.join(', ')}; it is not one that MaiBot made`,
      )
    }
    refuseDamaged(file)
    const { count } = database.prepare('SELECT count(*) AS count FROM chat_streams').get() as { count: number }
    return {
      kind: 'MaiBot 0.7 to 0.12, SQLite',
      approximateCount: count,
      rows: () => readRows(file),
      isWithin: (target) => isSameFile(path, target),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw explainSqliteError(path, error)
  }
}

/** Looks at every page of the table before the first row is written, so that a damaged file changes nothing. */
function refuseDamaged({ database, path }: SqliteFile): void {
  const problems = database.prepare("PRAGMA quick_check('chat_streams')").all() as { quick_check: string }[]
  // What breaks a rule of the table is a broken row, not a broken file.
  const isOfRow = /^ok$|^(NULL|TEXT|NUMERIC|INT|non-\w+) value in |^CHECK constraint failed/
  const damage = problems.map(({ quick_check }) => quick_check).find((problem) => !isOfRow.test(problem))
  if (damage) throw new SourceError(`${path} is damaged (${damage.trim().replace(/\s+/g, ' ')}); nothing was imported`)
}

function* readRows({ database, path }: SqliteFile): Generator<SourceRow> {
  const select = database.prepare(`SELECT ${COLUMNS.join(', ')} FROM chat_streams ORDER BY id`)
  // Ids of users and groups go beyond what a double holds.
  select.setReadBigInts(true)
  const bytes = database.prepare(
    `SELECT ${TEXT_COLUMNS.map((column) => `CAST(${column} AS BLOB) AS ${column}`).join(', ')} FROM chat_streams WHERE id = ?`,
  )
  const { encoding } = database.prepare('PRAGMA encoding').get() as { encoding: string }
  try {
    for (const row of select.iterate() as Iterable<Row>) {
      const fields = new Fields()
      const isSuspect = encoding === 'UTF-8' && TEXT_COLUMNS.some((column) => isReplaced(row[column]))
      if (isSuspect) checkEncoding(row, bytes.get(row.id as bigint) as Row, fields)
      yield readRow(row, fields)
    }
  } catch (error) {
    throw explainSqliteError(path, error)
  }
}

function readRow(row: Row, fields: Fields): SourceRow {
  return readStream(`row ${row.id}`, row, fields, (platform) => ({
    userInfo: readUser(row, platform, fields),
    groupInfo: readGroup(row, platform, fields),
  }))
}

/** A group first seen without a user has an empty user id. */
function readUser(row: Row, platform: string, fields: Fields): UserInfo | undefined {
  const userId = fields.text('user_id', row.user_id)
  if (!userId) return undefined
  return {
    platform: fields.text('user_platform', row.user_platform) || platform,
    userId,
    userNickname: fields.text('user_nickname', row.user_nickname),
    userCardname: fields.text('user_cardname', row.user_cardname),
  }
}

/** A private chat has an empty group id or none. */
function readGroup(row: Row, platform: string, fields: Fields): GroupInfo | undefined {
  const groupId = fields.text('group_id', row.group_id)
  if (!groupId) return undefined
  return {
    platform: fields.text('group_platform', row.group_platform) || platform,
    groupId,
    groupName: fields.text('group_name', row.group_name),
  }
}

/** Whether the text may stand for bytes that are not UTF-8, in whose place reading puts U+FFFD. */
function isReplaced(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\uFFFD')
}

function checkEncoding(row: Row, bytes: Row, fields: Fields): void {
  for (const column of TEXT_COLUMNS) {
    if (isReplaced(row[column]) && !Buffer.from(row[column] as string).equals(bytes[column] as Uint8Array)) {
      fields.reject(column, 'is not valid UTF-8')
    }
  }
}
