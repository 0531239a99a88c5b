import { randomUUID } from 'node:crypto'
import { type Db, type Document, Double } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Stream } from '../../src/domain/stream.ts'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { Store, StoredStream } from '../../src/store/store.ts'
import { intGroup, intUser } from '../support/maibot-collection.ts'
import { type Plans, plansOf } from '../support/mongo-plans.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { creation, groupStream, privateStream, unknownStream } from '../support/streams.ts'

/** Of our streams as many as of the documents of the bot, and as of documents of others, which have no place of their own. */
const OF_EACH = 1_500

describe.skipIf(mongodMissing())('queries of a directory that is read from MongoDB', { timeout: 60_000 }, () => {
  let servers: MongoServers
  let db: Db
  let store: Store
  let all: readonly StoredStream[]

  beforeAll(async () => {
    servers = await startReplicaSet()
    const database = `t${randomUUID().slice(0, 8)}`
    db = servers.admin.db(database)
    const documents = Array.from({ length: OF_EACH }, (_, i) => [botDocument(i), foreignDocument(i)]).flat()
    await db.collection('chat_streams').insertMany(documents)
    store = await openMongoStore(servers.url(database))
    await store.commit(Array.from({ length: OF_EACH }, (_, i) => creation(ourStream(i))))
    all = (await store.list({}, undefined, 4 * OF_EACH)).found
    expect(all).toHaveLength(3 * OF_EACH)
  }, 60_000)
  afterAll(async () => {
    await store?.close()
    await servers?.stop()
  })

  /** At most a few keys and documents for each that is found, however many there are. */
  function expectInProportion({ returned, keys, documents, stages }: Plans): void {
    expect(keys).toBeLessThanOrEqual(2 * returned + 20)
    expect(documents).toBeLessThanOrEqual(2 * returned + 20)
    expect([...stages].filter((stage) => stage === 'SORT' || stage === 'COLLSCAN')).toEqual([])
  }

  it('look for ids no further than in their indexes, also for the empty one', async () => {
    const ids = ['', 'nobody', 'alias-100', ...all.slice(0, 50).map(({ streamId }) => streamId)]
    const plans = await plansOf(db, () => store.get(ids))
    expect(plans.returned).toBe(51)
    expectInProportion(plans)
  })

  it('tell the revision without reading a stream', async () => {
    const plans = await plansOf(db, () => store.revision())
    expect(plans).toMatchObject({ keys: 0, documents: 0 })
    expectInProportion(plans)
  })
})

/** One in a hundred is on a rare platform, one in fifty is private, one in a hundred of unknown type. */
function kindOf(i: number): { platform: string; type: 'group' | 'private' | 'unknown' } {
  const platform = i % 100 === 7 ? 'rare' : i % 2 === 0 ? 'qq' : 'telegram'
  return { platform, type: i % 50 === 3 || i % 500 === 107 ? 'private' : i % 100 === 9 ? 'unknown' : 'group' }
}

function ourStream(i: number): Stream {
  const { platform, type } = kindOf(i)
  const overrides = { platform, aliasIds: i % 100 === 0 ? [`alias-${i}`] : [] }
  if (type === 'group') return groupStream(`ours-${i}`, { ...overrides, userInfo: { platform, userId: 'talker' } })
  return type === 'private' ? privateStream(`ours-${i}`, overrides) : unknownStream(`ours-${i}`, overrides)
}

function botDocument(i: number, more: Document = {}): Document {
  const { platform, type } = kindOf(i)
  const infos = { stream_id: `bot-${i}`, platform, ...more }
  const user_info = { platform, user_id: type === 'private' ? `bot-${i}` : 'talker' }
  if (type === 'private') return intUser(i, i, { ...infos, user_info })
  if (type === 'unknown') return intGroup(i, i, { ...infos, user_info: null, group_info: null })
  return intGroup(i, i, { ...infos, user_info, group_info: { platform, group_id: `bot-${i}` } })
}

/** With an `_id` that says nothing of when it was made. */
function foreignDocument(i: number): Document {
  return botDocument(i, { _id: `foreign-${i}`, stream_id: `foreign-${i}`, create_time: new Double(1_500_000_000 + i) })
}
