import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { newFolder, ROW, type RowChange } from './scene.ts'

type Value = string | number | bigint | null | Uint8Array

/** A row of `chat_sessions` as MaiBot 1.x writes it; columns that a version lacks are left out. */
export const SESSION = {
  session_id: '6ec2fb04dac7799a763b153c7e039fe1',
  created_timestamp: '2025-11-20 08:00:00.000000',
  last_active_timestamp: '2025-11-20 09:30:00.250000',
  user_id: null,
  group_id: '941657197',
  platform: 'qq',
  account_id: '10001',
  scope: null,
  user_nickname: null,
  user_cardname: null,
  group_name: 'Readers',
} as const

export type SessionChange = Partial<Record<keyof typeof SESSION, Value>>

export interface SessionDatabase {
  /** `PRAGMA user_version`. Default: 45. */
  readonly version?: number
  readonly sessions?: readonly SessionChange[]
  /** Rows of 0.x that an upgrade kept. */
  readonly legacy?: readonly RowChange[]
  readonly prepare?: (database: DatabaseSync) => void
}

/** A database of MaiBot 1.x, with the columns of its version. */
export function sessionDatabase({ version = 45, sessions = [], legacy, prepare }: SessionDatabase): string {
  const path = join(newFolder(), 'MaiBot.db')
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA user_version = ${version};
    CREATE TABLE chat_sessions (id INTEGER NOT NULL PRIMARY KEY, session_id VARCHAR(255) NOT NULL,
      created_timestamp DATETIME, last_active_timestamp DATETIME, user_id VARCHAR(255), group_id VARCHAR(255),
      platform VARCHAR(100) NOT NULL);
    CREATE UNIQUE INDEX ix_chat_sessions_session_id ON chat_sessions (session_id)`)
  const since: Record<string, number> = {
    account_id: 6,
    scope: 6,
    user_nickname: 10,
    user_cardname: 10,
    group_name: 10,
  }
  for (const [column, first] of Object.entries(since)) {
    if (version >= first) database.exec(`ALTER TABLE chat_sessions ADD COLUMN ${column} VARCHAR(255)`)
  }
  const columns = Object.keys(SESSION).filter((column) => version >= (since[column] ?? 0))
  insert(
    database,
    'chat_sessions',
    columns,
    sessions.map((session) => ({ ...SESSION, ...session })),
  )
  if (legacy) {
    database.exec(`CREATE TABLE __legacy_v1_chat_streams (id INTEGER NOT NULL PRIMARY KEY, stream_id TEXT NOT NULL UNIQUE,
      create_time DOUBLE NOT NULL, last_active_time DOUBLE NOT NULL, platform TEXT NOT NULL, user_platform TEXT NOT NULL,
      user_id TEXT NOT NULL, user_nickname TEXT NOT NULL, user_cardname TEXT, group_platform TEXT, group_id TEXT, group_name TEXT)`)
    insert(
      database,
      '__legacy_v1_chat_streams',
      Object.keys(ROW),
      legacy.map((row) => ({ ...ROW, ...row })),
    )
  }
  prepare?.(database)
  database.close()
  return path
}

function insert(
  database: DatabaseSync,
  table: string,
  columns: readonly string[],
  rows: readonly Record<string, Value>[],
): void {
  const marks = columns.map(() => '?').join(', ')
  const statement = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`)
  for (const row of rows) statement.run(...columns.map((column) => row[column] ?? null))
}
