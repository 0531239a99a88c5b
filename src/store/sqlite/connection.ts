import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnusableError } from '../store.ts'
import { Acknowledged, type Head, headOf, readAcknowledged, refuseBehind } from './acknowledged.ts'
import { damageMessage, failureAtOpening } from './failures.ts'
import { newerSchema, refuseForeignFile, registerFile } from './file.ts'
import { migrate, pragma, SCHEMA_VERSION, schemaOf } from './schema.ts'
import { firstRow, returningArrays } from './statements.ts'

/** How long a read, or the opening, waits for a lock. In WAL mode readers meet locks only while another process recovers. */
const READ_LOCK_TIMEOUT_MS = 2_000

/** 64 MiB, in SQLite's unit of -KiB: the index on ids is random, and a bulk import of a million streams should not thrash. */
const CACHE_SIZE = -65_536

/** 16 MiB of pages: with SQLite's 4 MiB a bulk import would copy the WAL back after each transaction, a third slower. */
const CHECKPOINT_PAGES = 4_000

/** 64 MiB: what a WAL that a long snapshot let grow is cut back to. */
const WAL_SIZE_LIMIT = 67_108_864

/** The two connections that a store keeps. */
export interface Connections {
  /** Waits for no lock, so that the event loop does not either. */
  readonly writer: DatabaseSync
  readonly reader: DatabaseSync
  readonly acknowledged: Acknowledged
  /** Whether the path still names the file that is open. */
  isInPlace(): boolean
  close(): void
}

/** Opens a database of ours, or makes one where there is nothing. Leaves any other file as it is. */
export function openConnections(path: string): Connections {
  let writer: DatabaseSync | undefined
  try {
    if (path === '' || path.startsWith(':')) throw new StoreUnusableError(`${path || 'an empty path'} names no file`)
    makeFolder(path)
    assertWhole(path)
    writer = openWriter(path)
    const reader = openReader(path)
    const acknowledged = new Acknowledged(path, headOf(reader).storeId)
    const file = registerFile(path)
    const opened = writer
    return {
      writer,
      reader,
      acknowledged,
      isInPlace: file.isInPlace,
      close() {
        reader.close()
        opened.close()
        acknowledged.close()
        file.release()
      },
    }
  } catch (error) {
    writer?.close()
    throw failureAtOpening(path, error)
  }
}

/** Throws where a database is there and not ours, of a newer version, or without commits that were acknowledged. */
export function assertWhole(path: string): void {
  // First what was acknowledged: what others commit meanwhile is then in the database at least.
  const acknowledged = readAcknowledged(path)
  refuseForeignFile(path, acknowledged !== undefined)
  if (acknowledged) refuseLosses(path, acknowledged)
}

/**
 * Throws where commits that were acknowledged are gone. Looks through a connection that only reads: one that writes would
 * fold what is left of a `-wal` into the database when it is closed, and the whole could not be put back.
 */
function refuseLosses(path: string, acknowledged: Head): void {
  if (!existsSync(path)) return
  const db = openReader(path)
  try {
    db.exec('BEGIN')
    refuseBehind(path, acknowledged, headOf(db))
    refuseCutOff(path, db)
  } finally {
    db.close()
  }
}

/**
 * Throws where the last page is not whole: SQLite takes the missing part for zeros.
 *
 * @param db reads within a transaction, during which nothing moves from a `-wal` that others write into the database
 */
function refuseCutOff(path: string, db: DatabaseSync): void {
  // What the file lacks may be in the -wal.
  if (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size) return
  const expected = pragma(db, 'page_count') * pragma(db, 'page_size')
  const { size } = statSync(path)
  if (size < expected) throw new StoreUnusableError(damageMessage(path, `it has ${size} of ${expected} bytes`))
}

/** A connection that sees one state for as long as a transaction on it lasts, and holds up no writer. */
export function openReader(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: READ_LOCK_TIMEOUT_MS })
}

function openWriter(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: READ_LOCK_TIMEOUT_MS })
  try {
    if (schemaOf(db).version < SCHEMA_VERSION) migrate(db)
    const { version } = schemaOf(db)
    if (version > SCHEMA_VERSION) throw newerSchema(path, version)
    const mode = firstRow(returningArrays(db, 'PRAGMA journal_mode = WAL'))?.[0]
    if (mode !== 'wal')
      throw new StoreUnusableError(`${path}: its file system cannot share memory, which WAL mode needs`)
    db.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = ${CACHE_SIZE};
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA journal_size_limit = ${WAL_SIZE_LIMIT};
      BEGIN IMMEDIATE; ROLLBACK;
      PRAGMA busy_timeout = 0;
    `)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw new StoreUnusableError(`${path}: its folder cannot be made: ${(error as Error).message}`, { cause: error })
  }
}
