import { type Collection, Double } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { intGroup, intUser } from '../support/maibot-collection.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { follow, newStore, untilStream } from './scene.ts'

describe.skipIf(mongodMissing()).each([
  ['a replica set', startReplicaSet],
  ['a standalone server', startStandalone],
])('a bot with %s', (_kind, startServers) => {
  let servers: MongoServers
  let databases = 0

  beforeAll(async () => {
    servers = await startServers()
  }, 60_000)
  afterAll(() => servers?.stop())

  function bot(): { url: string; collection: Collection } {
    const name = `bot${databases++}`
    return { url: servers.url(name), collection: servers.admin.db(name).collection('chat_streams') }
  }

  function active(collection: Collection, streamId: string, time: number) {
    return collection.updateOne({ stream_id: streamId }, { $set: { last_active_time: new Double(time) } })
  }

  it('shows what is there, and then each new chat and each activity', async () => {
    const { url, collection } = bot()
    await collection.insertOne(intGroup(1, 5_000_000_000))
    const store = await newStore()
    await follow(store, url)
    await untilStream(store, 'int-group-5000000000')
    await collection.insertOne(intUser(2, 5, { last_active_time: new Double(1_700_000_200) }))
    await untilStream(store, 'int-user-5')
    await active(collection, 'int-user-5', 1_700_000_300.5)
    await untilStream(store, 'int-user-5', ({ lastActiveTime }) => lastActiveTime === 1_700_000_300.5)
  })

  it('goes on after a restart where it stopped', async () => {
    const { url, collection } = bot()
    await collection.insertMany([intGroup(1, 1), intGroup(2, 2)])
    const store = await newStore()
    const first = await follow(store, url)
    await untilStream(store, 'int-group-2')
    await active(collection, 'int-group-1', 1_700_000_300)
    await untilStream(store, 'int-group-1', ({ lastActiveTime }) => lastActiveTime === 1_700_000_300)
    await first.stop()
    await active(collection, 'int-group-2', 1_700_000_400)
    const revision = await store.revision()
    await follow(store, url)
    await untilStream(store, 'int-group-2', ({ lastActiveTime }) => lastActiveTime === 1_700_000_400)
    expect((await store.revision()) - revision).toBe(1n)
  })

  it('begins anew in a collection that took the place of another', async () => {
    const { url, collection } = bot()
    await collection.insertOne(intGroup(1, 1))
    const store = await newStore()
    await follow(store, url)
    await untilStream(store, 'int-group-1')
    await collection.drop()
    await collection.insertOne(intGroup(2, 2, { last_active_time: new Double(1_700_000_500) }))
    await untilStream(store, 'int-group-2')
  })

  it('is waited for while it is away', async () => {
    const { url, collection } = bot()
    await collection.insertOne(intGroup(1, 1), { writeConcern: { w: 1, j: true } })
    const store = await newStore()
    const { logs } = await follow(store, `${url}${url.includes('?') ? '&' : '?'}serverSelectionTimeoutMS=200`)
    await untilStream(store, 'int-group-1')
    await servers.kill(0)
    await logs('waiting for a bot')
    await servers.restart(0)
    await expect
      .poll(() => active(collection, 'int-group-1', 1_700_000_600).catch(() => 0), { timeout: 20_000 })
      .toBeTruthy()
    await untilStream(store, 'int-group-1', ({ lastActiveTime }) => lastActiveTime === 1_700_000_600)
  })
})
