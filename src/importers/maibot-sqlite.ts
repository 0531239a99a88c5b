import { sessionsForm } from './maibot-sessions.ts'
import { streamsForm } from './maibot-streams.ts'
import type { Source } from './source.ts'
import { explainSqliteError, isSameFile, type SqliteFile } from './sqlite-file.ts'
import { openTable, readTable } from './sqlite-table.ts'

/** Where MaiBot 1.x keeps what it found when it was upgraded from 0.x; a later version of it drops the table. */
const LEGACY_TABLE = '__legacy_v1_chat_streams'

/** The tables of streams that MaiBot has made, from the oldest to the newest. A file has one, or two where it was upgraded. */
const FORMS = {
  [LEGACY_TABLE]: () => streamsForm(LEGACY_TABLE),
  chat_streams: () => streamsForm('chat_streams'),
  chat_sessions: sessionsForm,
}

export function isMaibotTable(name: string): boolean {
  return Object.hasOwn(FORMS, name)
}

/**
 * The chats of MaiBot 0.7 to 1.x. Takes over `file`, also where it throws.
 *
 * @param timeZone the zone in which 1.x wrote its times
 */
export async function readMaibotSqlite(file: SqliteFile, names: readonly string[], timeZone: string): Promise<Source> {
  const { database, path } = file
  try {
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    const forms = Object.entries(FORMS).flatMap(([name, form]) =>
      names.includes(name) ? [form(timeZone, version)] : [],
    )
    const tables = forms.map((form) => openTable(file, form))
    const isSeveral = tables.length > 1
    return {
      kind: names.includes('chat_sessions') ? `MaiBot 1.x, SQLite (schema ${version})` : 'MaiBot 0.7 to 0.12, SQLite',
      approximateCount: tables.reduce((sum, { count }) => sum + count, 0),
      *rows() {
        for (const table of tables) yield* readTable(file, table, isSeveral)
      },
      isWithin: (target) => isSameFile(path, target),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw explainSqliteError(path, error)
  }
}
