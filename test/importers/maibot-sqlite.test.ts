import { chmodSync, cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openSource } from '../../src/importers/detect.ts'
import { botDatabase, importInto, looseDatabase, newFolder, newStore, stateOf, streamsOf } from './scene.ts'

const ALL_CREATED = {
  read: 60,
  created: 60,
  updated: 0,
  unchanged: 0,
  refused: 0,
  altered: 0,
  refusals: [],
  alterations: [],
  revision: expect.any(BigInt),
  isInterrupted: false,
}

describe('the database of a bot', () => {
  it('comes in whole, in the order of the rows', async () => {
    const store = await newStore()
    expect(await importInto(store, botDatabase('closed'))).toEqual(ALL_CREATED)
    const streams = await streamsOf(store)
    const counts = Object.groupBy(streams, ({ platform }) => platform)
    expect(Object.fromEntries(Object.entries(counts).map(([platform, of]) => [platform, of?.length]))).toEqual({
      qq: 29,
      telegram: 13,
      discord: 10,
      wxpy: 7,
      QQ: 1,
    })
    const source = new DatabaseSync(botDatabase('closed'))
    const ids = source.prepare('SELECT stream_id FROM chat_streams ORDER BY id').all()
    source.close()
    expect(streams.map(({ streamId }) => streamId)).toEqual(ids.map(({ stream_id }) => stream_id))
  })

  it('keeps what is not recorded apart from what is empty', async () => {
    const store = await newStore()
    await importInto(store, botDatabase('closed'))
    const streams = await streamsOf(store)
    const group = (id: string) => streams.filter(({ groupInfo }) => groupInfo?.groupId === id)
    expect(group('650011')[0]?.groupInfo).toEqual({ platform: 'qq', groupId: '650011' })
    expect(group('990001')[0]?.userInfo).toBeUndefined()
    expect(
      group('880001')
        .map(({ platform }) => platform)
        .sort(),
    ).toEqual(['discord', 'qq', 'telegram'])
    const isPrivate660013 = streams.find(({ userInfo }) => userInfo?.userId === '660013')
    expect(isPrivate660013).toMatchObject({
      platform: 'telegram',
      createTime: 1_694_000_000,
      lastActiveTime: 1_699_000_000.75,
    })
    expect(isPrivate660013?.groupInfo).toBeUndefined()
  })

  it('comes in with the rows that only the unfinished -wal has', async () => {
    const store = await newStore()
    const before = await newStore()
    await importInto(before, botDatabase('closed'))
    expect(await importInto(store, botDatabase('running'))).toEqual(ALL_CREATED)
    expect(await streamsOf(store)).toEqual(await streamsOf(before))
  })

  it('is all unchanged the second time', async () => {
    const store = await newStore()
    await importInto(store, botDatabase('running'))
    const before = await streamsOf(store)
    expect(await importInto(store, botDatabase('running'))).toEqual({
      ...ALL_CREATED,
      created: 0,
      unchanged: 60,
      revision: undefined,
    })
    expect(await streamsOf(store)).toEqual(before)
  })

  it.each(['closed', 'running'] as const)(
    'is as it was after the import, with no file more beside it (%s)',
    async (kind) => {
      const path = botDatabase(kind)
      const before = stateOf(dirname(path))
      await importInto(await newStore(), path)
      expect(stateOf(dirname(path))).toEqual(before)
    },
  )

  it('comes in from a folder that nobody may write to, and through a link', async () => {
    const path = botDatabase('running')
    const link = join(newFolder(), 'link.db')
    symlinkSync(path, link)
    chmodSync(path, 0o400)
    chmodSync(dirname(path), 0o500)
    try {
      expect(await importInto(await newStore(), link)).toEqual(ALL_CREATED)
    } finally {
      chmodSync(dirname(path), 0o700)
    }
  })

  it('comes in while the bot holds it and has written more', async () => {
    const path = botDatabase('running')
    const bot = new DatabaseSync(path)
    bot.exec("UPDATE chat_streams SET group_name = 'renamed' WHERE group_id = '941657197'; BEGIN IMMEDIATE")
    bot.exec("INSERT INTO chat_streams SELECT 9999, 'x', 1, '', '', '', 1, 'qq', 'qq', 'u', 'n', ''")
    const store = await newStore()
    expect(await importInto(store, path)).toEqual(ALL_CREATED)
    bot.exec('COMMIT')
    expect(await importInto(store, path)).toEqual({ ...ALL_CREATED, read: 61, created: 1, unchanged: 60 })
    bot.close()
  })

  it('comes in with what a crash left in the rollback journal undone', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({ stream_id: `s${i}`, group_id: `g${i}` }))
    const path = looseDatabase(rows)
    const bot = new DatabaseSync(path)
    bot.exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE chat_streams SET group_name = 'half'")
    const crashed = newFolder()
    cpSync(dirname(path), crashed, { recursive: true })
    bot.close()
    expect(Object.keys(stateOf(crashed))).toEqual(['loose.db', 'loose.db-journal'])
    expect(readFileSync(join(crashed, 'loose.db')).includes('half')).toBe(true)
    const before = stateOf(crashed)
    const store = await newStore()
    expect(await importInto(store, join(crashed, 'loose.db'))).toMatchObject({ read: 500, created: 500 })
    const names = (await streamsOf(store)).map(({ groupInfo }) => groupInfo?.groupName)
    expect(new Set(names)).toEqual(new Set(['Readers']))
    expect(stateOf(crashed)).toEqual(before)
  })

  it('changes nothing in a dry run, and tells what would happen', async () => {
    const store = await newStore()
    expect(await importInto(store, botDatabase('running'), { dryRun: true })).toEqual({
      ...ALL_CREATED,
      revision: undefined,
    })
    expect(await streamsOf(store)).toEqual([])
  })

  it('leaves no copy behind', async () => {
    const temporary = newFolder()
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => void vi.unstubAllEnvs())
    const source = await openSource(botDatabase('closed'))
    expect(readdirSync(temporary).filter((name) => name.startsWith('chatapi-import-'))).toHaveLength(1)
    await source.close()
    expect(readdirSync(temporary).filter((name) => name.startsWith('chatapi-import-'))).toHaveLength(0)
  })
})
