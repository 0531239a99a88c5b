import { realpath, stat, truncate } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import type { StoreLocation } from '../config/store-url.ts'
import { APPLICATION_ID } from '../store/sqlite/schema.ts'
import { SourceError } from './source.ts'
import { copyDatabase, header } from './sqlite-copy.ts'

/** A database opened from a private copy, so that nothing done to it reaches the file it was copied from. */
export interface SqliteFile {
  /** The file that was copied, links resolved. */
  readonly path: string
  readonly database: DatabaseSync
  close(): Promise<void>
}

const MAGIC = 'SQLite format 3\0'
/** Where the header says how a writer works: 1 with a rollback journal, 2 with a `-wal`. */
const WRITE_VERSION_BYTE = 18
const PAGE_SIZE_BYTE = 16
const PAGE_COUNT_BYTE = 28
const APPLICATION_ID_BYTE = 68
const HEADER_BYTES = 100
/** How long a writer may take to finish before the file counts as locked. */
const LOCK_TIMEOUT_MS = 2_000

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** Opens the copy of a database. Throws `SourceError` where the file is none. */
export async function openSqliteFile(name: string, signal?: AbortSignal): Promise<SqliteFile> {
  const path = await databasePath(name)
  if (!(await hasWal(path))) refuseLocked(path)
  const copy = await copyDatabase(path, signal)
  let database: DatabaseSync | undefined
  try {
    await settleCutOff(path, copy.path)
    const opened = new DatabaseSync(copy.path)
    database = opened
    // Applies what the copy holds of an unfinished transaction, and fails where the file is no database after all.
    opened.prepare('SELECT count(*) FROM sqlite_master').get()
    return {
      path,
      database: opened,
      async close() {
        opened.close()
        await copy.remove()
      },
    }
  } catch (error) {
    database?.close()
    await copy.remove()
    throw explainSqliteError(path, error)
  }
}

/** The failure in words where SQLite says that the file is at fault; any other error as it is. */
export function explainSqliteError(path: string, error: unknown): unknown {
  const { errcode, message } = error as { errcode?: number; message: string }
  // The low byte is the kind of the error, the rest its details.
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case SQLITE_BUSY:
      return new SourceError(`${path} is locked by another process; try again once it has finished writing`, {
        cause: error,
      })
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new SourceError(`${path} is damaged or cut off (${message}); nothing was imported`, { cause: error })
    default:
      return error
  }
}

/** Whether a store there would be in the file, under whatever name. */
export async function isSameFile(path: string, target: StoreLocation): Promise<boolean> {
  if (target.engine !== 'sqlite') return false
  const [a, b] = await Promise.all([
    stat(path, { bigint: true }),
    stat(target.path, { bigint: true }).catch(() => undefined),
  ])
  return b !== undefined && a.dev === b.dev && a.ino === b.ino
}

/** The file behind the name, once it is clear that it can be a database. */
async function databasePath(name: string): Promise<string> {
  try {
    const path = await realpath(name)
    const stats = await stat(path)
    if (stats.isDirectory())
      throw new SourceError(
        `${name} is a folder; expected a database file, such as MaiBot.db, or a folder of mongodump with chat_streams.bson`,
      )
    if (!stats.isFile()) throw new SourceError(`${name} is no regular file; expected a database file`)
    if (stats.size === 0) throw new SourceError(`${name} is empty; expected a SQLite database`)
    if (
      !Buffer.from(await header(path, HEADER_BYTES), 'hex')
        .toString('latin1')
        .startsWith(MAGIC)
    ) {
      throw new SourceError(`${name} is not a SQLite database, or it is encrypted`)
    }
    return path
  } catch (error) {
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      ENOTDIR: 'there is no such file',
      EACCES: 'this user may not read it',
      EPERM: 'this user may not read it',
      EBUSY: 'another process holds it',
    }
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
    throw reason === undefined ? error : new SourceError(`cannot read ${name}: ${reason}`, { cause: error })
  }
}

/**
 * SQLite takes a last page that is not whole for one that ends in zeros. A `-wal` may hold the missing part. What is left of
 * a store of ours can be read; for that the copy gets its size back, in pages that count as damaged.
 */
async function settleCutOff(path: string, copy: string): Promise<void> {
  const wal = await stat(`${copy}-wal`).catch(() => undefined)
  if (wal !== undefined && wal.size > 0) return
  const bytes = Buffer.from(await header(copy, HEADER_BYTES), 'hex')
  const { size } = await stat(copy)
  const isHeaderWhole = bytes.length === HEADER_BYTES
  const expected = isHeaderWhole ? pageSize(bytes) * bytes.readUInt32BE(PAGE_COUNT_BYTE) : HEADER_BYTES
  if (size >= expected) return
  if (!isHeaderWhole || bytes.readUInt32BE(APPLICATION_ID_BYTE) !== APPLICATION_ID) {
    throw new SourceError(`${path} is cut off: it has ${size} of ${expected} bytes`)
  }
  await truncate(copy, expected)
}

function pageSize(bytes: Buffer): number {
  const stored = bytes.readUInt16BE(PAGE_SIZE_BYTE)
  return stored === 1 ? 65_536 : stored
}

async function hasWal(path: string): Promise<boolean> {
  return Buffer.from(await header(path, HEADER_BYTES), 'hex')[WRITE_VERSION_BYTE] === 2
}

/**
 * Throws where another process keeps readers out. Only for a file without a `-wal`: there a look leaves no trace, and
 * with a `-wal` readers are not kept out.
 */
function refuseLocked(path: string): void {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: LOCK_TIMEOUT_MS })
    database.prepare('SELECT count(*) FROM sqlite_master').get()
  } catch (error) {
    const explained = explainSqliteError(path, error)
    // A journal that a crash left behind stops a reader who may not write; the copy is not stopped by it.
    if (explained instanceof SourceError) throw explained
  } finally {
    database?.close()
  }
}
