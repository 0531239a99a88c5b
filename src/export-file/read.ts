import { createHash } from 'node:crypto'
import { parseRevision } from '../domain/revision.ts'
import { parseTime } from '../domain/timestamp.ts'
import type { StoredStream } from '../store/store.ts'
import { ExportFileError, type ExportFooter, type ExportHeader, FORMAT, VERSION } from './format.ts'
import { isObject, JsonFault, type JsonObject } from './json-reader.ts'
import { LINE_FEED, linesOf } from './lines.ts'
import { readLine } from './stream-json.ts'

/** A line of an export file: the stream that it holds, or why it holds none. */
export type ExportRow = { readonly line: number } & ({ readonly stored: StoredStream } | { readonly fault: string })

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the first line alone. Throws `ExportFileError`. */
export async function readExportHeader(path: string, signal?: AbortSignal): Promise<ExportHeader> {
  for await (const line of linesOf(path, signal)) return readHeader(line)
  throw new ExportFileError('it is empty')
}

/**
 * Reads a file to its end. Throws `ExportFileError` where it is cut or altered, which shows at its end at the latest: whoever
 * must not act on such a file reads it twice.
 */
export async function* readExport(path: string, signal?: AbortSignal): AsyncGenerator<ExportRow, ExportFooter> {
  const sum = createHash('sha256')
  let number = 0
  let streams = 0
  let footer: ExportFooter | undefined
  for await (const bytes of linesOf(path, signal)) {
    number++
    if (footer) throw new ExportFileError(`line ${number} follows what should be the last line`)
    if (number === 1) readHeader(bytes)
    else {
      const line = readObject(bytes, number)
      footer = footerOf(line)
      if (footer) continue
      streams++
      yield readRow(line, number)
    }
    sum.update(bytes)
  }
  if (number === 0) throw new ExportFileError('it is empty')
  if (!footer) throw new ExportFileError(breaksOff(`behind line ${number}`))
  if (footer.sha256 !== sum.digest('hex')) throw new ExportFileError('it was altered: its checksum is another one')
  if (footer.streams !== streams) {
    throw new ExportFileError(`it holds ${streams} streams, and says that it holds ${footer.streams}`)
  }
  return footer
}

function readRow(line: JsonObject, number: number): ExportRow {
  try {
    return { line: number, stored: readLine(line) }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return { line: number, fault: error.message }
  }
}

function readObject(bytes: Buffer, number: number): JsonObject {
  const object = parsed(bytes)
  if (object) return object
  const isCut = bytes.at(-1) !== LINE_FEED
  throw new ExportFileError(isCut ? breaksOff(`in line ${number}`) : `line ${number} is no JSON object`)
}

function breaksOff(where: string): string {
  return `its end is missing: it breaks off ${where}`
}

/** Undefined where it is no JSON object. */
function parsed(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function readHeader(bytes: Buffer): ExportHeader {
  const header = parsed(bytes)
  if (header?.format !== FORMAT) throw new ExportFileError('its first line is not that of an export file')
  const { version, directory_id: directoryId, revision: revisionText, export_time: timeText } = header
  if (typeof version === 'number' && version > VERSION) {
    throw new ExportFileError(`it is of version ${version}, and this chatapi reads up to ${VERSION}; use a newer one`)
  }
  const revision = typeof revisionText === 'string' ? parseRevision(revisionText) : undefined
  const exportTime = typeof timeText === 'string' ? parseTime(timeText) : undefined
  if (version === VERSION && typeof directoryId === 'string' && revision !== undefined && exportTime !== undefined) {
    return { directoryId, revision, exportTime }
  }
  throw new ExportFileError('its first line is damaged')
}

/** Undefined for any other line. */
function footerOf(line: JsonObject): ExportFooter | undefined {
  const { streams, sha256, ...rest } = line
  if (typeof streams !== 'number' || typeof sha256 !== 'string' || Object.keys(rest).length > 0) return undefined
  return { streams, sha256 }
}
