import { existsSync } from 'node:fs'
import { isMongoUrl, maskUrl } from '../config/store-url.ts'
import { APPLICATION_ID, schemaOf } from '../store/sqlite/schema.ts'
import { type Source, SourceError } from './source.ts'
import type { SqliteFile } from './sqlite-file.ts'

export interface DetectOptions {
  readonly signal?: AbortSignal
}

/** How many of its tables the refusal of a foreign database names. */
const MAX_TABLES_NAMED = 5

/** Finds out what a person named and opens it. Throws `SourceError` where this version cannot read it. */
export async function openSource(name: string, { signal }: DetectOptions = {}): Promise<Source> {
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
  const { isExportFile, readExportFile } = await import('./export-file.ts')
  if (await isExportFile(name)) return readExportFile(name, signal)
  const { openSqliteFile } = await import('./sqlite-file.ts')
  const file = await openSqliteFile(name.replace(/^sqlite:/, ''), signal)
  if (schemaOf(file.database).applicationId === APPLICATION_ID) {
    const { readChatapiSqlite } = await import('./chatapi-sqlite.ts')
    return readChatapiSqlite(file)
  }
  const refusal = refusalOf(file)
  if (refusal !== undefined) {
    await file.close()
    throw new SourceError(`${file.path} ${refusal}`)
  }
  const { readMaibotSqlite } = await import('./maibot-sqlite.ts')
  return readMaibotSqlite(file)
}

/** Why the database is not one to read; undefined where it is. */
function refusalOf({ database }: SqliteFile): string | undefined {
  const rows = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
  const tables = rows.map(({ name }) => String(name))
  if (tables.includes('chat_sessions')) {
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    return `is a database of MaiBot 1.x (version ${version}, table chat_sessions), which this version cannot read yet`
  }
  if (tables.includes('chat_streams')) return undefined
  const named = tables.slice(0, MAX_TABLES_NAMED).join(', ')
  const more = tables.length > MAX_TABLES_NAMED ? ` and ${tables.length - MAX_TABLES_NAMED} more` : ''
  return `has no table chat_streams, so it is no database of a MaiBot, nor a store of chatapi; its tables: ${named || 'none'}${more}`
}
