import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { type Store, StoreDamagedError, StoreUnusableError } from '../../src/store/store.ts'
import { overwrite, overwriteLeaves } from '../support/damage.ts'
import { databaseOf } from '../support/database.ts'
import { creation, groupStream, update } from '../support/streams.ts'
import { cursorNow, Watcher } from './watcher.ts'

vi.setConfig({ testTimeout: 60_000 })

const STREAMS = Array.from({ length: 3_000 }, (_, i) => groupStream(`${i}`, { labels: { note: `note of ${i}` } }))

async function open(path: string): Promise<Store> {
  const store = await openSqliteStore(path)
  onTestFinished(() => store.close())
  return store
}

/** Names the file, the cause and what to do, in one line. */
async function expectDamage(path: string, call: Promise<unknown>, type: unknown = StoreDamagedError): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(type)
  const { message } = error as Error
  expect(message).toContain(`${path} is damaged: `)
  expect(message).toMatch(/put a backup in its place; or, to (go on from what is left|begin anew): /)
  expect(message).not.toContain('\n')
}

describe('a database with pages that cannot be read', () => {
  it('fails the reads that need them as damaged, and serves the others', async () => {
    const path = await databaseOf(STREAMS)
    overwriteLeaves(path, 'streams', { from: 1, count: 1 })
    const store = await open(path)
    await expectDamage(path, store.list({}, undefined, 3_000))
    await expectDamage(path, store.get(STREAMS.map(({ streamId }) => streamId)))
    await expectDamage(
      path,
      store.find(STREAMS.map(({ groupInfo }) => ({ target: { kind: 'group', id: groupInfo!.groupId } }))),
    )
    expect((await store.get([STREAMS[0]!.streamId])).found[0]?.stream).toEqual(STREAMS[0])
  })

  it('fails a snapshot that meets them as damaged', async () => {
    const path = await databaseOf(STREAMS)
    overwriteLeaves(path, 'streams', { from: 1, count: 1 })
    const { batches } = await (await open(path)).snapshot()
    await expectDamage(path, Array.fromAsync(batches))
  })

  it('fails the writes that need them as damaged, and takes the others', async () => {
    const path = await databaseOf(STREAMS)
    overwriteLeaves(path, 'streams', { from: 1, count: 1 })
    const store = await open(path)
    await expectDamage(path, store.commit(STREAMS.map((stream) => update(stream, { ...stream, scope: 'other' }))))
    await store.commit([creation(groupStream('new'))])
    expect((await store.get([STREAMS[0]!.streamId])).found[0]?.stream).toEqual(STREAMS[0])
  })

  it('fails a watch that meets them as damaged, at its start and later', async () => {
    const path = await databaseOf(STREAMS)
    const store = await open(path)
    const cursor = await cursorNow(store)
    const middle = cursor.replace(/-[0-9]+-[0-9]+$/, '-1500-0')
    await store.commit([creation(groupStream('new'))])
    await store.close()
    overwriteLeaves(path, 'changes')
    const again = await open(path)
    await expectDamage(
      path,
      new Watcher(again, middle).failure.then((error) => Promise.reject(error)),
    )
    await expectDamage(
      path,
      new Watcher(again, cursor).failure.then((error) => Promise.reject(error)),
    )
  })

  it('fails the reads of a row whose text is not what was written', async () => {
    const path = await databaseOf(STREAMS)
    const bytes = readFileSync(path)
    const text = '{"note":"note of 7"}'
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) bytes.fill('x', at, at + text.length)
    writeFileSync(path, bytes)
    const store = await open(path)
    await expectDamage(path, store.get([STREAMS[7]!.streamId]))
    await expectDamage(path, store.commit([update(STREAMS[7]!, { ...STREAMS[7]!, scope: 'other' })]))
    expect((await store.get([STREAMS[8]!.streamId])).found[0]?.stream).toEqual(STREAMS[8])
  })
})

describe('a database whose file is not whole is refused at the start:', () => {
  it.each([
    ['cut to a half', (path: string, size: number) => truncateSync(path, size / 2)],
    ['cut within its last page', (path: string, size: number) => truncateSync(path, size - 100)],
    ['cut within its header', (path: string) => truncateSync(path, 50)],
    ['cut to nothing', (path: string) => truncateSync(path, 0)],
    ['its header overwritten', (path: string) => overwrite(path, 0, 100)],
    ['the rest of its first page overwritten', (path: string) => overwrite(path, 100, 3_996)],
    ['all but its header overwritten', (path: string, size: number) => overwrite(path, 100, size - 100)],
  ])('%s', async (_what, damage) => {
    const path = await databaseOf(STREAMS)
    damage(path, readFileSync(path).length)
    const left = readFileSync(path)
    await expectDamage(path, openSqliteStore(path), StoreUnusableError)
    expect(readFileSync(path)).toEqual(left)
  })
})
