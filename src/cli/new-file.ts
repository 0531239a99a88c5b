import { randomBytes } from 'node:crypto'
import { link, lstat, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CommandError } from './exit.ts'

/** Opens no folders, and keeps their names by itself. */
const ON_WINDOWS = process.platform === 'win32'

/** What is written is written to all the time; a part that rested for so long was left by a run that was killed. */
const ABANDONED_MS = 3_600_000

/**
 * Makes a file that is there whole or not at all, also where the machine loses power, and never takes the place of another.
 *
 * @param write makes the file under the name that it is given
 */
export async function makeFile<T>(path: string, write: (part: string) => Promise<T>): Promise<T> {
  await assertFree(path)
  await removeAbandoned(path)
  const part = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    const result = await write(part)
    await sync(part, 'r+')
    // Not by renaming, which would replace what has the name by now.
    await link(part, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? isThere(path, error) : error
    })
    await unlink(part)
    if (!ON_WINDOWS) await sync(dirname(resolve(path)), 'r')
    return result
  } catch (error) {
    // SQLite's own file beside it, where that was cut off.
    for (const left of [part, `${part}-journal`]) await rm(left, { force: true })
    throw error
  }
}

async function assertFree(path: string): Promise<void> {
  const isFree = await lstat(path).then(
    () => false,
    () => true,
  )
  if (!isFree) throw isThere(path)
}

function isThere(path: string, cause?: Error): CommandError {
  return new CommandError(`${path} is there already, and is not overwritten; name another file`, { cause })
}

async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(resolve(path))
  const names = await readdir(folder)
  for (const name of names) {
    const isPart =
      name.startsWith(`${basename(path)}.`) &&
      /^\.[0-9a-f]{8}\.part(-journal)?$/.test(name.slice(basename(path).length))
    if (!isPart) continue
    const { mtimeMs } = await stat(join(folder, name))
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(join(folder, name), { force: true })
  }
}

/** Of a folder, the names in it. */
async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
