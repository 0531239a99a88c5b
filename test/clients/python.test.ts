import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { buildWheel, install, pythonMissing, succeed } from './python-environment.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Most of it is packages being fetched, once. */
const TIMEOUT_MS = 900_000
/** What depends on the store; the rest is the same over any. */
const STORE_TESTS = ['cases', 'client', 'long_lists', 'chat_api', 'aio_chat_api', 'examples'].map(
  (name) => `tests/test_${name}.py`,
)

/** The type checkers and the frameworks of bots are installed beside the newest runtimes only. */
const WITHOUT_TYPES_AND_BOTS = ['--ignore-glob=*/test_types.py', '--ignore-glob=*/test_bots.py']

/** Runs pytest on the installed wheel, fails with what it printed, and prints its last line. */
async function pytest(title: string, python: string, args: readonly string[], store = ''): Promise<void> {
  const child = spawn(python, ['-m', 'pytest', '--quiet', '-p', 'no:cacheprovider', ...args], {
    cwd: join(root, 'clients/python'),
    env: {
      ...process.env,
      CHATAPI_TEST_NODE: process.execPath,
      CHATAPI_TEST_STORE: store,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(code, `${out}${err}`).toBe(0)
  console.log(`Python, ${title}: ${out.trim().split('\n').at(-1)}`)
}

describe.skipIf(await pythonMissing())('the Python client', { timeout: TIMEOUT_MS }, () => {
  let folder: string
  let wheel: string
  let newest: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chatapi-wheel-'))
    wheel = await buildWheel(folder)
    newest = await install(wheel, 'newest')
  }, TIMEOUT_MS)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is built from code that its generators write again today', async () => {
    await succeed(join(root, 'clients/python/scripts/tools.sh'))
    await succeed('buf', 'generate', '--template', 'buf.gen.python.yaml', '--output', folder)
    const [again, kept] = [join(folder, 'gen/python'), join(root, 'gen/python')]
    const files = await filesOf(again)
    expect(files).toEqual(await filesOf(kept))
    for (const file of files) {
      expect(await readFile(join(kept, file), 'utf8'), file).toBe(await readFile(join(again, file), 'utf8'))
    }
  })

  it('is formatted and passes its linter', async () => {
    await succeed(newest, '-m', 'ruff', 'format', '--no-cache', '--check', 'clients/python')
    await succeed(newest, '-m', 'ruff', 'check', '--no-cache', 'clients/python')
  })

  // The two wait for servers that restart most of the time, so they share the machine well.
  describe.concurrent('over SQLite', () => {
    it('passes its tests with the newest runtimes', () => pytest('newest runtimes', newest, []))

    it('passes its tests with the oldest runtimes', async () => {
      await pytest('oldest runtimes', await install(wheel, 'oldest'), WITHOUT_TYPES_AND_BOTS)
    })
  })

  describe.skipIf(mongodMissing())('over MongoDB', () => {
    let mongo: MongoServers
    beforeAll(async () => {
      mongo = await startReplicaSet()
    }, 60_000)
    afterAll(() => mongo.stop())

    it('passes its tests', () => pytest('over MongoDB', newest, STORE_TESTS, mongo.url('DATABASE')))
  })
})

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort()
}
