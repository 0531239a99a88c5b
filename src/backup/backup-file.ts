import { existsSync } from 'node:fs'
import type { Revision } from '../domain/revision.ts'
import { readExport, readExportHeader } from '../export-file/read.ts'
import { readChatapiSqlite } from '../importers/chatapi-sqlite.ts'
import { isExportFile } from '../importers/export-file.ts'
import { SourceError } from '../importers/source.ts'
import { openSqliteFile } from '../importers/sqlite-file.ts'
import { APPLICATION_ID, schemaOf } from '../store/sqlite/schema.ts'
import { firstRow, returningArrays } from '../store/sqlite/statements.ts'
import type { StoredStream } from '../store/store.ts'
import { sqliteProblems } from './sqlite-problems.ts'

/** What one row of a backup holds, or why nothing can be read there. */
export type BackupRow = { readonly place: string } & (StoredStream | { readonly fault: string })

/** A file that a store can be restored from. Nothing of it is trusted before it was looked through: see verification.ts. */
export interface BackupFile {
  /** What it is, in words. */
  readonly kind: string
  readonly directoryId: string
  readonly revision: Revision
  /** When it was made, in seconds since the Unix epoch, where it says so. */
  readonly exportTime: number | undefined
  /** To show progress by; 0 where it is not known. */
  readonly approximateCount: number
  /** What is wrong with the file beyond its rows. */
  problems(): Iterable<string>
  /** Every row once, in the order of lists. Throws where the file is cut or was altered, at its end at the latest. */
  rows(): AsyncIterable<BackupRow> | Iterable<BackupRow>
  close(): Promise<void>
}

/** Opens an export file, or a SQLite database of ours. Throws `SourceError` or `ExportFileError` where it is neither. */
export async function openBackup(name: string, signal?: AbortSignal): Promise<BackupFile> {
  if (existsSync(name) && (await isExportFile(name))) return openExport(name, signal)
  return openDatabase(name, signal)
}

async function openExport(name: string, signal: AbortSignal | undefined): Promise<BackupFile> {
  const header = await readExportHeader(name, signal)
  return {
    kind: 'export file',
    ...header,
    approximateCount: 0,
    problems: () => [],
    rows: () => exportRows(name, signal),
    async close() {},
  }
}

async function* exportRows(name: string, signal: AbortSignal | undefined): AsyncGenerator<BackupRow> {
  for await (const row of readExport(name, signal)) {
    const place = `line ${row.line}`
    yield 'fault' in row ? { place, fault: row.fault } : { place, ...row.stored }
  }
}

async function openDatabase(name: string, signal: AbortSignal | undefined): Promise<BackupFile> {
  const file = await openSqliteFile(name, signal)
  if (schemaOf(file.database).applicationId !== APPLICATION_ID) {
    await file.close()
    throw new SourceError(`${file.path} is neither an export file nor a database of chatapi`)
  }
  const source = await readChatapiSqlite(file)
  const head = returningArrays(file.database, 'SELECT revision, incarnation FROM head')
  const [revision, directoryId] = firstRow(head) as [number, string]
  return {
    kind: 'SQLite database',
    directoryId,
    revision: BigInt(revision),
    exportTime: undefined,
    approximateCount: source.approximateCount,
    problems: () => sqliteProblems(file.database),
    async *rows() {
      for await (const row of source.rows()) {
        const { place } = row
        if ('stream' in row) yield { place, position: row.position, streamId: row.stream.streamId, stream: row.stream }
        else if ('fault' in row) yield { place, fault: row.fault }
      }
    },
    close: () => source.close(),
  }
}
