import { existsSync } from 'node:fs'
import { isMongoUrl, maskUrl } from '../config/store-url.ts'
import { APPLICATION_ID, schemaOf } from '../store/sqlite/schema.ts'
import { findDump } from './find-dump.ts'
import { type Source, SourceError } from './source.ts'
import type { SqliteFile } from './sqlite-file.ts'

export interface DetectOptions {
  readonly signal?: AbortSignal
  /** The zone of times that the source keeps without one, as the IANA database names it. Default: that of the machine. */
  readonly timeZone?: string
}

/** How many of its tables the refusal of a foreign database names. */
const MAX_TABLES_NAMED = 5

/** Finds out what a person named and opens it. Throws `SourceError` where this version cannot read it. */
export async function openSource(name: string, options: DetectOptions = {}): Promise<Source> {
  const { signal, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone } = options
  if (isMongoUrl(name)) {
    const { openMongoCollection } = await import('./mongo-collection.ts')
    const found = await openMongoCollection(name, signal)
    if (found.isOurs) return (await import('./chatapi-mongo.ts')).readChatapiMongo(found)
    return (await import('./maibot-mongo.ts')).readMaibotMongo(found)
  }
  const shown = maskUrl(name)
  // A URL with a slip in it shall not be shown as if it were the path of a file.
  if (shown !== name && !existsSync(name)) {
    throw new SourceError(
      `${JSON.stringify(shown)} is neither a file nor a URL; expected PATH or mongodb://HOST/DATABASE`,
    )
  }
  const dump = await findDump(name)
  if (dump) return (await import('./mongo-dump.ts')).readMongoDump(dump, signal)
  const { isExportFile, readExportFile } = await import('./export-file.ts')
  if (await isExportFile(name)) return readExportFile(name, signal)
  const { openSqliteFile } = await import('./sqlite-file.ts')
  const file = await openSqliteFile(name.replace(/^sqlite:/, ''), signal)
  if (schemaOf(file.database).applicationId === APPLICATION_ID) {
    const { readChatapiSqlite } = await import('./chatapi-sqlite.ts')
    return readChatapiSqlite(file)
  }
  const { isMaibotTable, readMaibotSqlite } = await import('./maibot-sqlite.ts')
  const tables = tablesOf(file)
  if (tables.some(isMaibotTable)) return readMaibotSqlite(file, tables, timeZone)
  const { isAstrbot, readAstrbot } = await import('./astrbot.ts')
  if (isAstrbot(tables)) return readAstrbot(file)
  await file.close()
  throw new SourceError(`${file.path} ${refusalOf(tables)}`)
}

function tablesOf({ database }: SqliteFile): string[] {
  const rows = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all()
  return rows.map(({ name }) => String(name))
}

/** Why a database with these tables is not one to read. */
function refusalOf(tables: readonly string[]): string {
  const named = tables.slice(0, MAX_TABLES_NAMED).join(', ')
  const more = tables.length > MAX_TABLES_NAMED ? ` and ${tables.length - MAX_TABLES_NAMED} more` : ''
  return `has no table chat_streams, chat_sessions or umo_aliases, so it is no database of a MaiBot or an AstrBot, nor a store of chatapi; its tables: ${named || 'none'}${more}`
}
