import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { type DetectOptions, openSource } from '../../src/importers/detect.ts'
import { type ImportOptions, type ImportReport, importRows } from '../../src/importers/import-rows.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

// Waiting for a locked file alone takes two seconds.
vi.setConfig({ testTimeout: 30_000 })

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))

/** An empty folder, removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chatapi-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with a copy of what a bot wrote; returns the path of the database in it. */
export function botDatabase(kind: 'closed' | 'running'): string {
  const folder = newFolder()
  if (kind === 'running') cpSync(join(fixtures, 'maibot-0.12-wal'), folder, { recursive: true })
  else cpSync(join(fixtures, 'maibot-0.12.db'), join(folder, 'MaiBot.db'))
  return join(folder, 'MaiBot.db')
}

/** Names, sizes, times and contents of all files in a folder. */
export function stateOf(folder: string): Record<string, string> {
  const state = (name: string) => {
    const path = join(folder, name)
    return `${statSync(path).mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
  }
  return Object.fromEntries(readdirSync(folder).map((name) => [name, state(name)]))
}

export async function newStore(): Promise<Store> {
  const store = await openSqliteStore(join(newFolder(), 'chatapi.db'))
  onTestFinished(() => store.close())
  return store
}

export async function importInto(
  store: Store,
  name: string,
  options: ImportOptions & DetectOptions = {},
): Promise<ImportReport> {
  const { timeZone } = options
  const source = await openSource(name, timeZone === undefined ? {} : { timeZone })
  try {
    return await importRows(source, new Commands(store), options)
  } finally {
    await source.close()
  }
}

export async function streamsOf(store: Store): Promise<Stream[]> {
  const stored = (await store.list({}, undefined, 100_000)).found
  return stored.map(({ stream }) => stream)
}

/** A row of `chat_streams` as the bot writes it, changed in some columns. */
export const ROW = {
  stream_id: 'a544edeb1a9b73e3e1d77dff36e41264',
  create_time: 1_700_000_000.5,
  last_active_time: 1_700_000_001.5,
  platform: 'qq',
  user_platform: 'qq',
  user_id: '1787882683',
  user_nickname: 'Ann',
  user_cardname: 'Captain',
  group_platform: 'qq',
  group_id: '941657197',
  group_name: 'Readers',
} as const

export type RowChange = Partial<Record<keyof typeof ROW, string | number | bigint | null | Uint8Array>>

/** A database with the table of the bot, without the rules and types that the bot gives it. */
export function looseDatabase(
  rows: readonly RowChange[],
  prepare: (database: DatabaseSync) => void = () => {},
): string {
  const path = join(newFolder(), 'loose.db')
  const database = new DatabaseSync(path)
  const columns = Object.keys(ROW)
  database.exec(`CREATE TABLE chat_streams (id INTEGER PRIMARY KEY, ${columns.join(', ')})`)
  const insert = database.prepare(
    `INSERT INTO chat_streams (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  database.exec('BEGIN')
  for (const row of rows) insert.run(...Object.values({ ...ROW, ...row }))
  database.exec('COMMIT')
  prepare(database)
  database.close()
  return path
}
