import { open } from 'node:fs/promises'
import { ExportFileError } from '../export-file/format.ts'
import { isCompressed } from '../export-file/lines.ts'
import { type ExportRow, readExport } from '../export-file/read.ts'
import { type Source, SourceError, type SourceRow } from './source.ts'

/** Whether the file looks like one of ours: JSON, or compressed, which no other source is. */
export async function isExportFile(name: string): Promise<boolean> {
  try {
    return (await isCompressed(name)) || (await firstByte(name)) === '{'
  } catch {
    // What keeps it from being read is told by whoever reads it.
    return false
  }
}

/** An export file, once it is known to be whole: one that was cut or altered is refused before anything is written. */
export async function readExportFile(name: string, signal?: AbortSignal): Promise<Source> {
  let streams = 0
  for await (const _ of rowsOf(name, signal)) streams++
  return {
    kind: 'ChatApi, export file',
    approximateCount: streams,
    rows: () => rowsOf(name, signal),
    isWithin: async () => false,
    async close() {},
  }
}

async function* rowsOf(name: string, signal: AbortSignal | undefined): AsyncGenerator<SourceRow> {
  try {
    for await (const row of readExport(name, signal)) yield sourceRow(row)
  } catch (error) {
    if (!(error instanceof ExportFileError)) throw error
    throw new SourceError(`${name} is no export file that can be read: ${error.message}`, { cause: error })
  }
}

function sourceRow(row: ExportRow): SourceRow {
  const place = `line ${row.line}`
  if ('fault' in row) throw new ExportFileError(`${place}: ${row.fault}`)
  const { stream, streamId, position } = row.stored
  return { place, streamId, stream, position }
}

async function firstByte(name: string): Promise<string> {
  const file = await open(name)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1))
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}
