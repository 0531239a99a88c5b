import { cpSync, linkSync, readFileSync, symlinkSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Stream } from '../../src/domain/stream.ts'
import { openSource } from '../../src/importers/detect.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { overwriteLeaves } from '../support/damage.ts'
import { databaseOf } from '../support/database.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { deletion, groupStream } from '../support/streams.ts'
import { WriterProcess } from '../support/writer-process.ts'
import { importInto, newFolder, newStore, stateOf, streamsOf } from './scene.ts'

async function open(path: string): Promise<Store> {
  const store = await openSqliteStore(path)
  onTestFinished(() => store.close())
  return store
}

const ALL_CREATED = { read: STREAMS.length, created: STREAMS.length, updated: 0, unchanged: 0, refused: 0 }

describe('a store of ours in a file', () => {
  it('comes in whole and in its order, and is all unchanged the second time', async () => {
    const path = await databaseOf(STREAMS)
    const store = await newStore()
    expect(await importInto(store, path)).toMatchObject(ALL_CREATED)
    expect(await streamsOf(store)).toEqual(STREAMS)
    const revision = await store.revision()
    expect(await importInto(store, `sqlite:${path}`)).toMatchObject({
      ...ALL_CREATED,
      created: 0,
      unchanged: STREAMS.length,
    })
    expect(await store.revision()).toBe(revision)
  })

  it('says what it is', async () => {
    const source = await openSource(await databaseOf([groupStream('a')]))
    onTestFinished(() => source.close())
    expect(source.kind).toBe('ChatApi, SQLite')
  })

  it('comes in without what was deleted', async () => {
    const path = await databaseOf(STREAMS)
    const before = await open(path)
    await before.commit([deletion(STREAMS[1]!)])
    await before.close()
    const store = await newStore()
    await importInto(store, path)
    expect(await streamsOf(store)).toEqual(STREAMS.filter((stream) => stream !== STREAMS[1]))
  })

  it('is as it was after the import, with no file more beside it', async () => {
    const path = await databaseOf(STREAMS)
    const before = stateOf(dirname(path))
    await importInto(await newStore(), path)
    expect(stateOf(dirname(path))).toEqual(before)
  })

  it('comes in while a server has it open and writes on', async () => {
    const path = join(newFolder(), 'chatapi.db')
    const openModule = new URL('../support/open-sqlite.ts', import.meta.url).href
    const url = pathToFileURL(path).href
    const writer = new WriterProcess({ openModule, url, prefix: 'w', commits: 1_000_000, streamsPerCommit: 1 })
    await writer.untilAcknowledged(50)
    const store = await newStore()
    const { created } = await importInto(store, path)
    expect(created).toBeGreaterThanOrEqual(50)
    await writer.kill()
    expect((await streamsOf(store)).map(({ groupInfo }) => groupInfo?.groupId)).toEqual(
      Array.from({ length: created }, (_, n) => `w-${n}-0`),
    )
  })

  it('of release 0.1 comes in as well, and stays of that release', async () => {
    const path = join(newFolder(), 'chatapi.db')
    cpSync(fileURLToPath(new URL('../fixtures/chatapi-0.1.db', import.meta.url)), path)
    const store = await newStore()
    expect(await importInto(store, path)).toMatchObject({ read: 3, created: 3 })
    expect((await streamsOf(store))[0]).toMatchObject({
      accountId: '10001',
      labels: { team: 'blue' },
      aliasIds: ['old-1', 'older-1'],
    })
    const database = new DatabaseSync(path, { readOnly: true })
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
    database.close()
  })

  it('of a newer release is refused', async () => {
    const path = await databaseOf([])
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    await expect(openSource(path)).rejects.toThrow(`${path} was written by a newer chatapi (schema 99`)
  })

  it('knows itself under any name', async () => {
    const path = await databaseOf([groupStream('a')])
    const source = await openSource(path)
    onTestFinished(() => source.close())
    const beside = (name: string) => join(dirname(path), name)
    symlinkSync(path, beside('link.db'))
    linkSync(path, beside('hard-link.db'))
    cpSync(path, beside('copy.db'))
    const isWithin = (name: string) => source.isWithin({ engine: 'sqlite', path: beside(name) })
    const answers = await Promise.all(['chatapi.db', 'link.db', 'hard-link.db', 'copy.db', 'none.db'].map(isWithin))
    expect(answers).toEqual([true, true, true, false, false])
  })
})

describe('a damaged store of ours', () => {
  const many = Array.from({ length: 3_000 }, (_, i) => groupStream(`${i}`))

  async function saved(path: string): Promise<{ streams: Stream[]; refusals: string[] }> {
    const store = await newStore()
    const { read, created, refused, refusals } = await importInto(store, path)
    expect(created + refused).toBe(read)
    return { streams: await streamsOf(store), refusals: refusals.map(({ place, why }) => `${place} ${why}`) }
  }

  it('comes in as far as it can be read, and says where it could not', async () => {
    const path = await databaseOf(many)
    overwriteLeaves(path, 'streams', { from: 10, count: 1 })
    overwriteLeaves(path, 'streams', { from: 13, count: 2 })
    const { streams, refusals } = await saved(path)
    const left = new Set(streams.map(({ streamId }) => streamId))
    expect(streams).toEqual(many.filter(({ streamId }) => left.has(streamId)))
    const [first, second, ...others] = refusals.map(
      (refusal) => /^positions (\d+) to (\d+) cannot be read: .*malformed$/.exec(refusal)!,
    )
    expect(others).toEqual([])
    const lost = [first, second].flatMap((match) => {
      const [from, to] = [Number(match?.[1]), Number(match?.[2])]
      return many.slice(from - 1, to)
    })
    expect(lost).toEqual(many.filter(({ streamId }) => !left.has(streamId)))
  })

  it('comes in up to its damaged end, and from behind its damaged start', async () => {
    const path = await databaseOf(many)
    overwriteLeaves(path, 'streams', { count: 1 })
    overwriteLeaves(path, 'streams', { from: -2 })
    const { streams, refusals } = await saved(path)
    expect(refusals).toEqual([
      expect.stringMatching(/^positions 1 to \d+ /),
      expect.stringMatching(/^positions \d+ to 3000 /),
    ])
    expect(streams.length).toBeGreaterThan(1_000)
  })

  it('comes in whole where only what can be made anew is damaged', async () => {
    const path = await databaseOf(many)
    for (const index of ['streams_by_id', 'streams_by_group', 'streams_by_platform', 'changes'])
      overwriteLeaves(path, index)
    expect(await saved(path)).toEqual({ streams: many, refusals: [] })
  })

  it('comes in without a stream that holds what none holds', async () => {
    const path = await databaseOf(many)
    const database = new DatabaseSync(path)
    database.exec(
      "UPDATE streams SET labels = 'no JSON' WHERE position = 7; UPDATE streams SET platform = NULL WHERE position = 8",
    )
    database.close()
    const { streams, refusals } = await saved(path)
    expect(streams).toEqual(many.filter((_, i) => i !== 6 && i !== 7))
    expect(refusals).toEqual([
      expect.stringMatching(/^position 7 cannot be read: .*JSON/),
      'position 8 cannot be read: it holds what no stream holds',
    ])
  })

  it('comes in as far as it goes where it is cut off', async () => {
    const path = await databaseOf(many)
    const pages = readFileSync(path).length / 4_096
    truncateSync(path, Math.floor(pages / 2) * 4_096)
    const { streams, refusals } = await saved(path)
    const left = new Set(streams.map(({ streamId }) => streamId))
    expect(streams).toEqual(many.filter(({ streamId }) => left.has(streamId)))
    expect(streams.length).toBeGreaterThan(100)
    for (const refusal of refusals) expect(refusal).toMatch(/^positions \d+ to \d+ cannot be read: /)
  })
})
