import { Long } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openSource } from '../../src/importers/detect.ts'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { Store } from '../../src/store/store.ts'
import { intGroup, intUser, NO_STREAMS } from '../support/maibot-collection.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { creation, groupStream, update } from '../support/streams.ts'
import { importInto, newStore, streamsOf } from './scene.ts'

describe.skipIf(mongodMissing())('a store of ours in MongoDB', () => {
  let servers: MongoServers
  let databases = 0

  beforeAll(async () => {
    servers = await startReplicaSet()
  }, 60_000)
  afterAll(() => servers?.stop())

  function newUrl(): { url: string; name: string } {
    const name = `own${databases++}`
    return { url: servers.url(name), name }
  }

  async function open(url: string): Promise<Store> {
    const store = await openMongoStore(url)
    onTestFinished(() => store.close())
    return store
  }

  async function kindOf(url: string): Promise<string> {
    const source = await openSource(url)
    await source.close()
    return source.kind
  }

  it('comes in whole and in its order, and is not changed by that', async () => {
    const { url, name } = newUrl()
    const own = await open(url)
    for (let i = 0; i < STREAMS.length; i += 1_000) await own.commit(STREAMS.slice(i, i + 1_000).map(creation))
    const collection = servers.admin.db(name).collection('chat_streams')
    const state = async () => [await collection.find().toArray(), await collection.indexes()]
    const before = await state()
    const store = await newStore()
    expect(await importInto(store, url)).toMatchObject({ created: STREAMS.length, refused: 0 })
    expect(await streamsOf(store)).toEqual(STREAMS)
    expect(await state()).toEqual(before)
  })

  it('is told from the collection of a bot by what it wrote', async () => {
    const { url, name } = newUrl()
    const collection = servers.admin.db(name).collection('chat_streams')
    await collection.insertMany([intGroup(1, 941_657_197), intUser(2, 7)])
    const own = await open(url)
    expect(await kindOf(url)).toBe('MaiBot 0.5.13 to 0.6, MongoDB')
    await own.commit([creation(groupStream('new'))])
    expect(await kindOf(url)).toBe('ChatApi, MongoDB')
  })

  it('comes in with what a bot wrote beside, as it stands in the lists of a server', async () => {
    const { url, name } = newUrl()
    const collection = servers.admin.db(name).collection('chat_streams')
    const big = Long.fromString('9007199254740993')
    await collection.insertMany([
      intUser(300, 7),
      intGroup(100, 941_657_197),
      intGroup(200, 5, { group_info: { platform: 'qq', group_id: big } }),
    ])
    const own = await open(url)
    const [group] = (await own.find([{ target: { kind: 'group', id: '941657197' } }])).found[0]!
    await own.commit([
      creation(groupStream('new')),
      update(group!.stream, { ...group!.stream, labels: { a: 'b' }, customName: 'Named' }),
    ])
    const listed = (await own.list({}, undefined, 100)).found.map(({ stream }) => stream)
    expect(listed.map(({ groupInfo }) => groupInfo?.groupId)).toEqual([
      '941657197',
      '9007199254740993',
      undefined,
      'new',
    ])
    const store = await newStore()
    expect(await importInto(store, url)).toMatchObject({ created: 4, refused: 0 })
    expect(await streamsOf(store)).toEqual(listed)
  })

  it('comes in without the documents that are no streams, and says of each once why', async () => {
    const { url, name } = newUrl()
    const collection = servers.admin.db(name).collection('chat_streams')
    const faults = Object.entries(NO_STREAMS)
    await collection.insertMany(faults.map(([, document]) => ({ ...document })))
    await collection.insertMany([intGroup(60, 8, { stream_id: 'twice' }), intGroup(61, 9, { stream_id: 'twice' })])
    await collection.insertOne({
      stream_id: 'ours',
      account_id: '',
      platform: 'qq',
      create_time: 1,
      last_active_time: 1,
    })
    const { created, refusals } = await importInto(await newStore(), url)
    expect(created).toBe(2)
    expect(refusals.map(({ why }) => why.replace(/[0-9a-f]{24}/, 'ID')).sort()).toEqual(
      [...faults.map(([fault]) => fault), 'its stream is held by the document ID'].sort(),
    )
    expect(refusals.every(({ place }) => /^document [0-9a-f]{24}$/.test(place))).toBe(true)
    expect(refusals.map(({ streamId }) => streamId)).toContain('twice')
  })
})
