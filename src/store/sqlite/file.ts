import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { StoreUnusableError } from '../store.ts'
import { acknowledgedPath } from './acknowledged.ts'
import { damageMessage, removal } from './failures.ts'
import { APPLICATION_ID, SCHEMA_VERSION } from './schema.ts'

/**
 * How often this process has each database file open, by device and inode. To close any file descriptor of a file drops
 * the locks that the whole process holds on it (POSIX), so a header is read only from a file that is not open here.
 */
const openFiles = new Map<string, number>()

/** Offsets in the header of a database file, https://sqlite.org/fileformat.html#the_database_header. */
const HEADER = { bytes: 100, magic: 'SQLite format 3\0', userVersion: 60, applicationId: 68 }

/**
 * Throws where the file is there and not ours, or of a newer version. Does not touch it.
 *
 * @param wasOurs whether what lies beside it tells that it was ours, so that another start of it is damage
 */
export function refuseForeignFile(path: string, wasOurs: boolean): void {
  const header = readHeader(path)
  if (header === undefined || (header.length === 0 && !wasOurs)) return
  if (header.length < HEADER.bytes || header.toString('latin1', 0, HEADER.magic.length) !== HEADER.magic) {
    if (wasOurs) throw beheaded(path, header.length)
    throw new StoreUnusableError(
      `${path} is not a SQLite database; give the path of a new file or of one made by chatapi`,
    )
  }
  if (header.readUInt32BE(HEADER.applicationId) !== APPLICATION_ID) throw foreignDatabase(path)
  const version = header.readUInt32BE(HEADER.userVersion)
  if (version > SCHEMA_VERSION) throw newerSchema(path, version)
}

/** The start of the file, or undefined where there is none, or where it is open here and so known to be ours. */
function readHeader(path: string): Buffer | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || isOpenHere(path)) return undefined
  if (!stat.isFile()) throw new StoreUnusableError(`${path} is not a file`)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw new StoreUnusableError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  try {
    const buffer = Buffer.alloc(HEADER.bytes)
    return buffer.subarray(0, readSync(file, buffer, 0, HEADER.bytes, 0))
  } finally {
    closeSync(file)
  }
}

function beheaded(path: string, size: number): StoreUnusableError {
  const found = size === 0 ? 'it is empty' : 'its header is gone'
  return new StoreUnusableError(damageMessage(path, found, `to begin anew: ${removal(path, acknowledgedPath(path))}`))
}

function foreignDatabase(path: string): StoreUnusableError {
  const tables = tablesOf(path)
  if (tables.includes('chat_streams') || tables.includes('chat_sessions')) {
    return new StoreUnusableError(
      `${path} is the database of a MaiBot, which chatapi does not write to; read it into a store with \`chatapi import ${path}\``,
    )
  }
  const what = tables.length > 0 ? ` (its tables: ${tables.slice(0, 5).join(', ')})` : ''
  return new StoreUnusableError(`${path} is a SQLite database of another program${what}`)
}

/** The tables of a database that another program may have open. `immutable` keeps SQLite from leaving files beside it. */
function tablesOf(path: string): string[] {
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  try {
    const db = new DatabaseSync(url, { readOnly: true })
    try {
      return db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name LIMIT 100")
        .all()
        .map(({ name }) => String(name))
    } finally {
      db.close()
    }
  } catch {
    return []
  }
}

export function newerSchema(path: string, version: number): StoreUnusableError {
  return new StoreUnusableError(
    `${path} was written by a newer chatapi (schema ${version}; this one knows ${SCHEMA_VERSION}); use that version`,
  )
}

/** A database file that this process has open. */
export interface OpenFile {
  /** Whether the path still names the file: a file that was removed takes writes that nobody will ever read. */
  isInPlace(): boolean
  release(): void
}

/** Notes that this process has the file open, until it is released. */
export function registerFile(path: string): OpenFile {
  const key = fileKey(path) as string
  openFiles.set(key, (openFiles.get(key) ?? 0) + 1)
  return {
    isInPlace: () => fileKey(path) === key,
    release() {
      const left = (openFiles.get(key) ?? 1) - 1
      if (left > 0) openFiles.set(key, left)
      else openFiles.delete(key)
    },
  }
}

/** Whether this process has the file open already. */
export function isOpenHere(path: string): boolean {
  return openFiles.has(fileKey(path) ?? '')
}

function fileKey(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat && `${stat.dev}:${stat.ino}`
}
