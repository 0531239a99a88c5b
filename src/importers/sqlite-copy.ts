import { rmSync } from 'node:fs'
import { chmod, constants, copyFile, type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceError } from './source.ts'

/** A private copy of a database in the state of its last commit. */
export interface DatabaseCopy {
  readonly path: string
  remove(): Promise<void>
}

/** The files that make up one database, beside the file itself. `-shm` is rebuilt from the `-wal`. */
const COMPANIONS = ['-wal', '-journal']
/** The part of a `-wal` that is rewritten whenever it starts over, and of a `-journal` for each transaction. */
const COMPANION_HEADER_BYTES = 32
/** Holds the count of changes of a database that has no `-wal`. */
const DATABASE_HEADER_BYTES = 100
/** A bot saves once in a while; to be disturbed more often than this takes a file that never rests. */
const MAX_ATTEMPTS = 8
const RETRY_MS = 100

/**
 * Copies a database that others may be writing. Opening it where it lies would write beside it: SQLite makes a `-shm` for
 * any reader of a `-wal`, and the last reader to leave may fold the `-wal` in.
 *
 * The copy is that of one moment: while a `-wal` goes on under the same header it holds every page that was moved from it
 * into the database meanwhile, and without a `-wal` the database must not have changed at all.
 *
 * @param path the file itself, not a link to it: SQLite looks for the companions beside the file
 */
export async function copyDatabase(path: string, signal?: AbortSignal): Promise<DatabaseCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-import-'))
  const removeAtExit = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  const remove = async () => {
    process.off('exit', removeAtExit)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      signal?.throwIfAborted()
      const copy = join(folder, `attempt-${attempt}.db`)
      const before = await fingerprint(path)
      // The database first: what moves from the -wal into it meanwhile is still in the -wal.
      for (const suffix of ['', ...COMPANIONS]) await copyPart(path + suffix, copy + suffix, suffix !== '')
      if ((await fingerprint(path)) === before) return { path: copy, remove }
      for (const suffix of ['', ...COMPANIONS]) await rm(copy + suffix, { force: true })
      await sleep(RETRY_MS, undefined, { signal })
    }
    throw new SourceError(`${path} is being written all the time; stop what writes it, or import a copy`)
  } catch (error) {
    await remove()
    throw error
  }
}

async function copyPart(from: string, to: string, isOptional: boolean): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await chmod(to, 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (isOptional && code === 'ENOENT') return
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new SourceError(`no room for a copy of ${from} in ${tmpdir()}; set TMPDIR to a folder that has it`, {
        cause: error,
      })
    }
    throw error
  }
}

/** Differs between two moments where a copy made in between could be torn. */
async function fingerprint(path: string): Promise<string> {
  const companions = await Promise.all(COMPANIONS.map((suffix) => header(path + suffix, COMPANION_HEADER_BYTES)))
  if (companions[0] !== '') return companions.join(' ')
  const { size, mtimeNs } = await stat(path, { bigint: true })
  return [...companions, await header(path, DATABASE_HEADER_BYTES), size, mtimeNs].join(' ')
}

/** The first bytes of a file, in hex; empty where there is no file. */
export async function header(path: string, bytes: number): Promise<string> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.toString('hex', 0, bytesRead)
  } finally {
    await file.close()
  }
}
