import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { contentOf, LINE_FEED } from '../export-file/lines.ts'
import { SourceError } from './source.ts'

/** A file with the documents of a collection. */
export interface Dump {
  readonly path: string
  readonly form: 'BSON' | 'extended JSON'
}

/** Of a document. MongoDB stores up to 16 MiB; tools allow for 16 KiB around them. */
export const MIN_DOCUMENT_BYTES = 5
export const MAX_DOCUMENT_BYTES = 16_793_600

/** What `mongodump --archive` begins with. */
const ARCHIVE_MAGIC = '6de29981'

/** What `mongodump` names the file of the collection, as it is and with `--gzip`. */
const FILE_NAMES = ['chat_streams.bson', 'chat_streams.bson.gz']

/**
 * The dump that a file is, or that a folder of `mongodump` holds: of all databases or of one. Undefined where it is none.
 * Throws `SourceError` where it is one that cannot be read.
 */
export async function findDump(name: string): Promise<Dump | undefined> {
  const names = await namesIn(name)
  if (names) return findInFolder(name, names)
  const start = await startOf(name)
  if (start === undefined) return undefined
  if (start.toString('hex', 0, ARCHIVE_MAGIC.length / 2) === ARCHIVE_MAGIC) {
    throw new SourceError(`${name} is an archive; expected what mongodump makes without --archive`)
  }
  if (start[0] === '['.charCodeAt(0)) {
    throw new SourceError(
      `${name} is a JSON array; expected one document a line, as mongoexport makes without --jsonArray`,
    )
  }
  if (isBson(start)) return { path: name, form: 'BSON' }
  return isExtendedJson(start) ? { path: name, form: 'extended JSON' } : undefined
}

async function findInFolder(folder: string, names: readonly string[]): Promise<Dump | undefined> {
  const found: string[] = []
  for (const name of ['', ...names]) {
    const inside = (name === '' ? names : await namesIn(join(folder, name))) ?? []
    found.push(...inside.filter((each) => FILE_NAMES.includes(each)).map((each) => join(folder, name, each)))
  }
  if (found.length > 1)
    throw new SourceError(`${folder} has several dumps; name one of them: ${found.sort().join(', ')}`)
  return found[0] === undefined ? undefined : { path: found[0], form: 'BSON' }
}

/** The names of what is in a folder; undefined where it is none. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch {
    // What keeps it from being read is told by whoever reads it.
    return undefined
  }
}

async function startOf(path: string): Promise<Buffer | undefined> {
  try {
    for await (const chunk of contentOf(path)) return chunk
  } catch {
    // As above.
  }
  return undefined
}

/** Whether the bytes can be the first ones of a document, which begins with its length and ends with 0. */
function isBson(start: Buffer): boolean {
  if (start.length < MIN_DOCUMENT_BYTES) return false
  const length = start.readInt32LE()
  if (length < MIN_DOCUMENT_BYTES || length > MAX_DOCUMENT_BYTES) return false
  return start.length < length || start[length - 1] === 0
}

/** Whether the bytes are the first ones of a file with a document on each line, and not of another one with JSON. */
function isExtendedJson(start: Buffer): boolean {
  const end = start.indexOf(LINE_FEED)
  try {
    const first = JSON.parse(start.toString('utf8', 0, end < 0 ? start.length : end))
    return '_id' in first || 'stream_id' in first
  } catch {
    return false
  }
}
