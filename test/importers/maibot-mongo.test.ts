import { type Document, Double, Int32, Long, type MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openSource } from '../../src/importers/detect.ts'
import { type MongoServers, mongodMissing, startStandalone } from '../support/mongod.ts'
import { importInto, newStore, streamsOf } from './scene.ts'

const USER = { platform: 'qq', user_id: 1_787_882_683, user_nickname: 'Ann', user_cardname: 'Captain' }
const GROUP = { platform: 'qq', group_id: 941_657_197, group_name: 'Readers' }
const DOCUMENT = {
  stream_id: 'a544edeb1a9b73e3e1d77dff36e41264',
  platform: 'qq',
  user_info: USER,
  group_info: GROUP,
  create_time: 1_700_000_000,
  last_active_time: 1_700_000_001.5,
}

describe.skipIf(mongodMissing())('the MongoDB of a bot', () => {
  let servers: MongoServers
  let databases = 0

  beforeAll(async () => {
    servers = await startStandalone()
  }, 60_000)
  afterAll(() => servers?.stop())

  /** Returns the URL of a new database with these documents. */
  async function bot(...documents: Document[]): Promise<string> {
    const name = `bot${databases++}`
    await collectionOf(servers.admin, name).insertMany(documents.map((document) => ({ ...document })))
    return servers.url(name)
  }

  function collectionOf(client: MongoClient, name: string) {
    return client.db(name).collection('chat_streams')
  }

  async function imported(...documents: Document[]) {
    const store = await newStore()
    const report = await importInto(store, await bot(...documents))
    return { report, streams: await streamsOf(store) }
  }

  it('comes in with int and text ids and int and float times, and is all unchanged the second time', async () => {
    const url = await bot(
      DOCUMENT,
      { ...DOCUMENT, stream_id: 'big', group_info: { ...GROUP, group_id: Long.fromString('9007199254740993') } },
      { ...DOCUMENT, stream_id: 'text', group_info: { ...GROUP, group_id: '007' }, create_time: new Double(1.25) },
      { ...DOCUMENT, stream_id: 'private', group_info: null, create_time: new Int32(5) },
      { ...DOCUMENT, stream_id: 'above', group_info: null, user_info: { ...USER, user_id: 3_000_000_000 } },
    )
    const store = await newStore()
    expect(await importInto(store, url)).toMatchObject({ read: 5, created: 5, refused: 0 })
    const streams = await streamsOf(store)
    expect(streams.map(({ groupInfo }) => groupInfo?.groupId)).toEqual([
      '941657197',
      '9007199254740993',
      '007',
      undefined,
      undefined,
    ])
    expect(streams.map(({ createTime }) => createTime)).toEqual([1_700_000_000, 1_700_000_000, 1.25, 5, 1_700_000_000])
    expect(streams[3]?.userInfo?.userId).toBe('1787882683')
    expect(streams[4]?.userInfo?.userId).toBe('3000000000')
    expect(await importInto(store, url)).toMatchObject({ read: 5, created: 0, unchanged: 5, refused: 0 })
  })

  it('comes in without names where the keys are absent, and without a user where it is null', async () => {
    const { streams } = await imported(
      { ...DOCUMENT, user_info: null, group_info: { platform: 'qq', group_id: 1 } },
      { ...DOCUMENT, stream_id: 'b', group_info: undefined, user_info: { user_id: 2 } },
    )
    expect(streams[0]).toMatchObject({ groupInfo: { platform: 'qq', groupId: '1' } })
    expect(streams[0]?.userInfo).toBeUndefined()
    expect(streams[0]?.groupInfo).not.toHaveProperty('groupName', expect.anything())
    expect(streams[1]?.userInfo).toMatchObject({ platform: 'qq', userId: '2' })
  })

  it('comes in without the documents that are no streams, and says of each why', async () => {
    const { report } = await imported(
      { _id: 1 as never, note: 'something else' },
      DOCUMENT,
      { ...DOCUMENT, stream_id: 'time', create_time: new Date(0) },
      { ...DOCUMENT, stream_id: 'list', user_info: [USER] },
      { ...DOCUMENT, stream_id: 'group', group_info: { group_name: 'no id' } },
      { ...DOCUMENT, stream_id: 'nested', user_info: { user_id: { $: 1 } } },
    )
    expect(report).toMatchObject({ read: 6, created: 1, refused: 5 })
    expect(Object.fromEntries(report.refusals.map(({ streamId, why }) => [streamId, why]))).toEqual({
      undefined: 'stream_id is missing; platform is missing; create_time is missing; last_active_time is missing',
      time: 'create_time is a date; expected seconds since 1970',
      list: 'user_info is not an object',
      group: 'group_info.group_id is missing',
      nested: 'user_info.user_id is an object; expected text',
    })
    expect(report.refusals.find(({ streamId }) => streamId === undefined)?.place).toBe('document 1')
  })

  it('says which values are left out, and brings in the rest', async () => {
    const { report, streams } = await imported(
      { ...DOCUMENT, user_info: { ...USER, user_id: '', user_cardname: '' } },
      { ...DOCUMENT, stream_id: 'b', mood: 'calm', group_info: { ...DOCUMENT.group_info, topic: 7 } },
    )
    expect(report).toMatchObject({ read: 2, created: 2, refused: 0, altered: 2 })
    expect(report.alterations.map(({ why }) => why)).toEqual([
      'user_info.user_nickname is left out, the text "Ann": there is no user_info.user_id',
      'mood is left out, the text "calm": what this field says is not known; group_info.topic is left out, the number 7: what this field says is not known',
    ])
    expect(streams[0]?.userInfo).toBeUndefined()
  })

  it('is not changed by an import', async () => {
    const url = await bot(DOCUMENT, { note: 'x' })
    const name = new URL(url).pathname.slice(1)
    const state = async () => [
      await collectionOf(servers.admin, name).find().toArray(),
      await collectionOf(servers.admin, name).indexes(),
    ]
    const before = await state()
    await importInto(await newStore(), url)
    expect(await state()).toEqual(before)
  })

  it('is refused where it has no such collection', async () => {
    await expect(openSource(servers.url('nothing'))).rejects.toThrow(
      /the database nothing of mongodb:.* has no collection/,
    )
  })

  it('knows the store that would be written to, whatever URL leads to it', async () => {
    const url = await bot(DOCUMENT)
    const database = new URL(url).pathname.slice(1)
    const source = await openSource(url)
    onTestFinished(() => source.close())
    const isWithin = (url: string, database: string) => source.isWithin({ engine: 'mongodb', url, database })
    expect(await isWithin(url.replace('127.0.0.1', 'localhost'), database)).toBe(true)
    expect(await isWithin(servers.url('other'), 'other')).toBe(false)
    await bot(DOCUMENT)
    expect(await isWithin(servers.url(`bot${databases - 1}`), `bot${databases - 1}`)).toBe(false)
    expect(await source.isWithin({ engine: 'sqlite', path: 'x' })).toBe(false)
  })
})
