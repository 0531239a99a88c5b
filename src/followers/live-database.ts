import { realpath, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { SourceError } from '../importers/source.ts'
import { copyDatabase } from '../importers/sqlite-copy.ts'
import { explainSqliteError } from '../importers/sqlite-file.ts'
import { refuseSharedMount } from './mounts.ts'
import { SourceAwayError } from './source.ts'

/** How long a look waits for a lock. Readers meet one only while a bot starts, and the next look comes soon. */
const LOCK_TIMEOUT_MS = 100

/** Extended codes by which SQLite says that it cannot share memory beside a file: `CANTOPEN`, and kinds of `READONLY`. */
const CANNOT_SHARE_MEMORY = new Set([14, 264, 520, 1288, 1544])
const SQLITE_BUSY = 5

/** A connection, and how it was made. */
interface Connection {
  readonly database: DatabaseSync
  /** Whether it sees what others commit; else it is of the moment when it was opened. */
  readonly isLive: boolean
  /** The file, by what tells it from one that takes its place. */
  readonly file: string
  /** What changes where something is committed, or put in the place of what is open. */
  state: string
  close(): Promise<void>
}

/** What a look found. */
export interface Look {
  readonly database: DatabaseSync
  /** What tells the file from one that takes its place. */
  readonly file: string
  /** Whether the connection is another one than at the last look: what was prepared on that is of no use. */
  readonly isNew: boolean
  /** Whether something was committed since the last look. */
  readonly isChanged: boolean
}

/**
 * A database that a bot has open, through one connection that only reads. No statement of it may stay unfinished, and no
 * transaction open: the WAL would grow with every commit, and the checkpoint with which a bot starts would fail.
 *
 * As long as it is open nothing else in this process may open the file: closing that would drop the locks that SQLite has on
 * it, and the last other program to leave would take the `-wal` away from under this connection.
 */
export class LiveDatabase {
  readonly #name: string
  #connection: Connection | undefined

  /** @param name the path, which may be that of a link */
  constructor(name: string) {
    this.#name = name
  }

  /** Looks for what was committed. Throws `SourceAwayError` where there is no file, or it cannot be read for now. */
  async look(signal: AbortSignal): Promise<Look> {
    const path = await this.#path()
    const before = this.#connection
    if (before) {
      const state = await stateOf(path, before).catch(() => undefined)
      if (state === before.state) return { ...before, isNew: false, isChanged: false }
      if (state !== undefined && before.isLive && sameFiles(state, before.state)) {
        before.state = state
        return { ...before, isNew: false, isChanged: true }
      }
      await this.close()
    }
    this.#connection = await open(path, signal)
    return { ...this.#connection, isNew: true, isChanged: true }
  }

  async close(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    await connection?.close()
  }

  async #path(): Promise<string> {
    try {
      return await realpath(this.#name)
    } catch (error) {
      await this.close()
      const { code, message } = error as NodeJS.ErrnoException
      throw new SourceAwayError(code === 'ENOENT' ? `there is no file ${this.#name}` : message, { cause: error })
    }
  }
}

async function open(path: string, signal: AbortSignal): Promise<Connection> {
  await refuseSharedMount(path)
  const file = await fileOf(path)
  try {
    return await opened(path, file, connect(path), true)
  } catch (error) {
    if (!CANNOT_SHARE_MEMORY.has((error as { errcode?: number }).errcode ?? 0)) throw explained(path, error)
  }
  try {
    return (await sizeOf(`${path}-wal`)) > 0 ? await openCopy(path, file, signal) : await openAtRest(path, file)
  } catch (error) {
    throw explained(path, error)
  }
}

/** In a folder where nothing may be made a bot that was stopped leaves no `-wal`: then the file is all there is, and at rest. */
function openAtRest(path: string, file: string): Promise<Connection> {
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  return opened(path, file, connect(url), false)
}

/** In such a folder a `-wal` without a `-shm`, as a bot leaves it that was killed, can be read elsewhere only. */
async function openCopy(path: string, file: string, signal: AbortSignal): Promise<Connection> {
  const copy = await copyDatabase(path, signal)
  try {
    const connection = await opened(path, file, connect(copy.path), false)
    return { ...connection, close: () => connection.close().finally(copy.remove) }
  } catch (error) {
    await copy.remove()
    throw error
  }
}

function connect(location: string | URL): DatabaseSync {
  const database = new DatabaseSync(location, { readOnly: true, timeout: LOCK_TIMEOUT_MS })
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').all()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

async function opened(path: string, file: string, database: DatabaseSync, isLive: boolean): Promise<Connection> {
  const close = async () => database.close()
  const connection = { database, isLive, file, state: '', close }
  try {
    return { ...connection, state: await stateOf(path, connection) }
  } catch (error) {
    database.close()
    throw error
  }
}

/** The files that a connection has open, and a count of commits; where it is of one moment, what tells another moment. */
async function stateOf(path: string, { database, isLive }: Pick<Connection, 'database' | 'isLive'>): Promise<string> {
  const files = await Promise.all([path, `${path}-wal`, `${path}-shm`].map(isLive ? fileOf : momentOf))
  if (!isLive) return files.join(SEPARATOR)
  const [version] = database.prepare('PRAGMA data_version').all()
  return `${files.join(SEPARATOR)}${SEPARATOR}${version?.data_version}`
}

const SEPARATOR = ' '

/** Whether two states differ by commits alone. */
function sameFiles(state: string, other: string): boolean {
  const filesOf = (text: string) => text.slice(0, text.lastIndexOf(SEPARATOR))
  return filesOf(state) === filesOf(other)
}

/** Device and inode; empty where there is no file. */
async function fileOf(path: string): Promise<string> {
  const stats = await statOf(path)
  return stats ? `${stats.dev}:${stats.ino}` : ''
}

async function momentOf(path: string): Promise<string> {
  const stats = await statOf(path)
  return stats ? `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}` : ''
}

async function sizeOf(path: string): Promise<bigint> {
  return (await statOf(path))?.size ?? 0n
}

async function statOf(path: string) {
  return stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

function explained(path: string, error: unknown): unknown {
  if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) {
    return new SourceAwayError(`${path} is locked by another process`, { cause: error })
  }
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || (error as { errcode?: number }).errcode === 14) {
    return new SourceError(`cannot read ${path}: this user may not read it`, { cause: error })
  }
  return explainSqliteError(path, error)
}
