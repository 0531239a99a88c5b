import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { CheckObserver, Damage } from '../../src/store/sqlite/background-check.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { newFolder } from '../importers/scene.ts'
import { overwriteLeaves } from '../support/damage.ts'
import { databaseOf } from '../support/database.ts'
import { creation, groupStream } from '../support/streams.ts'
import { WriterProcess } from '../support/writer-process.ts'

vi.setConfig({ testTimeout: 60_000 })

const openModule = new URL('../support/open-sqlite.ts', import.meta.url).href

/** Leaves the database as a process does that is killed while it writes. */
async function killWriter(path: string, prefix = 'first'): Promise<void> {
  const url = pathToFileURL(path).href
  const writer = new WriterProcess({ openModule, url, prefix, commits: 1_000_000, streamsPerCommit: 1 })
  await writer.untilAcknowledged(3)
  await writer.kill()
}

interface Checked {
  readonly store: Store
  readonly isChecked: boolean
  /** The last word of the check. */
  readonly result: Promise<Damage | undefined>
}

async function open(path: string): Promise<Checked> {
  let isChecked = false
  const { promise: result, resolve, reject } = Promise.withResolvers<Damage | undefined>()
  const check: CheckObserver = {
    started() {
      isChecked = true
    },
    ended: resolve,
    failed: reject,
  }
  const store = await openSqliteStore(path, { check })
  onTestFinished(() => store.close())
  return { store, isChecked, result }
}

it('is made after a process that was killed, and finds a whole database whole', async () => {
  const path = await databaseOf()
  await killWriter(path)
  const { isChecked, result } = await open(path)
  expect(isChecked).toBe(true)
  expect(await result).toBeUndefined()
})

it('is not made of a new database, nor of one that was closed, nor of one that is open here', async () => {
  const path = join(newFolder(), 'chatapi.db')
  const { store, isChecked } = await open(path)
  expect(isChecked).toBe(false)
  await store.commit([creation(groupStream('a'))])
  expect((await open(path)).isChecked).toBe(false)
  await store.close()
  const closed = await databaseOf()
  expect((await open(closed)).isChecked).toBe(false)
})

it('tells what is damaged and what to do, while the store serves the rest', async () => {
  const path = await databaseOf()
  overwriteLeaves(path, 'changes', { from: 1, count: 1 })
  await killWriter(path)
  const { store, result } = await open(path)
  await store.commit([creation(groupStream('new'))])
  const damage = await result
  expect(damage?.problems[0]).toMatch(/page \d+/)
  expect(damage?.message).toContain(`${path} is damaged: ${damage?.problems[0]}`)
  expect(damage?.message).toContain('put a backup in its place; or, to go on from what is left: ')
  expect(damage?.message).not.toContain('\n')
})

it('tells few lines of much damage', async () => {
  const path = await databaseOf()
  overwriteLeaves(path, 'changes', { from: 1, count: 40 })
  await killWriter(path)
  const { problems } = (await (await open(path)).result)!
  expect(problems).toHaveLength(10)
  expect(problems.join()).not.toContain('\n')
})

it('ends with the store, says no more, and leaves nothing of it behind', async () => {
  const path = await databaseOf()
  await killWriter(path)
  const { store, result } = await open(path)
  let isTold = false
  const told = () => {
    isTold = true
  }
  result.then(told, told)
  await store.close()
  // Had another process the database open still, its -wal would be there.
  expect(readdirSync(dirname(path)).sort()).toEqual(['chatapi.db', 'chatapi.db-acknowledged'])
  // By the time that a later check has ended, the first one would have, too.
  await killWriter(path, 'second')
  await (await open(path)).result
  expect(isTold).toBe(false)
})
