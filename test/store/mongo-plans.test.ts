import { randomUUID } from 'node:crypto'
import type { Db, Document } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filterable, predicateOf, type StreamFilter } from '../../src/domain/filter.ts'
import type { Stream, StreamType } from '../../src/domain/stream.ts'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { Store, StoredStream, TargetQuery } from '../../src/store/store.ts'
import { intGroup } from '../support/maibot-collection.ts'
import { type Plans, plansOf } from '../support/mongo-plans.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { creation, groupStream, privateStream, unknownStream } from '../support/streams.ts'

/** As many streams of ours as documents of the bot, and a few of others, which say nothing of their place. */
const OF_EACH = 2_000
const OF_OTHERS = 20

const PAGE = 100

/** Whom the bot noted in all groups. */
const TALKER = 'talker'

describe.skipIf(mongodMissing())('queries of a directory that is read from MongoDB', { timeout: 60_000 }, () => {
  let servers: MongoServers
  let db: Db
  let store: Store
  let all: readonly StoredStream[]

  beforeAll(async () => {
    servers = await startReplicaSet()
    const database = `t${randomUUID().slice(0, 8)}`
    db = servers.admin.db(database)
    const ofBot = Array.from({ length: OF_EACH }, (_, i) => botDocument(i))
    const ofOthers = ofBot
      .slice(0, OF_OTHERS)
      .map((document, i) => ({ ...document, _id: i as never, stream_id: `other-${i}` }))
    await db.collection('chat_streams').insertMany([...ofBot, ...ofOthers])
    store = await openMongoStore(servers.url(database), { servesReads: true })
    await store.commit(Array.from({ length: OF_EACH }, (_, i) => creation(ourStream(i))))
    all = (await store.list({}, undefined, 3 * OF_EACH)).found
    expect(all).toHaveLength(2 * OF_EACH + OF_OTHERS)
  }, 60_000)
  afterAll(async () => {
    await store?.close()
    await servers?.stop()
  })

  /** At most two keys and documents for each that is found, and a few more for where to look, however many there are. */
  function expectInProportion({ returned, keys, documents, stages }: Plans): void {
    expect(keys).toBeLessThanOrEqual(2 * returned + 2 * OF_OTHERS)
    expect(documents).toBeLessThanOrEqual(2 * returned + 2 * OF_OTHERS)
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

  it.each<[what: string, TargetQuery, count: number]>([
    ['a group', { target: { kind: 'group', id: 'bot-24' }, platform: 'qq' }, 1],
    ['a group, on any platform', { target: { kind: 'group', id: 'ours-24' } }, 1],
    ['a user', { target: { kind: 'private', id: 'bot-53' }, platform: 'telegram' }, 1],
    ['a user, on any platform', { target: { kind: 'private', id: 'ours-53' } }, 1],
    ['a user who spoke last in most groups', { target: { kind: 'private', id: TALKER } }, 0],
  ])('look for %s no further than in its index', async (_what, query, count) => {
    const plans = await plansOf(db, () => store.find([query]))
    expect(plans.returned).toBe(count)
    expectInProportion(plans)
  })

  const filters: [what: string, filter: StreamFilter][] = [
    ['everything', {}],
    ['a platform', { platforms: ['qq'] }],
    ['a rare platform', { platforms: ['rare'] }],
    ['a platform of which there is nothing', { platforms: ['none'] }],
    ['several platforms', { platforms: ['rare', 'telegram'] }],
    ['a type', { types: ['group'] }],
    ['a rare type', { types: ['private'] }],
    ['what has no type', { types: ['unknown'] }],
    ['several types', { types: ['private', 'unknown'] }],
    ['a type on a platform', { platforms: ['qq'], types: ['group'] }],
    ['a rare type on a platform', { platforms: ['telegram'], types: ['private'] }],
    ['a type on a rare platform', { platforms: ['rare'], types: ['group'] }],
    ['a rare type on a rare platform', { platforms: ['rare'], types: ['private'] }],
  ]

  it.each(filters)('read a page of %s and hardly more', async (_what, filter) => {
    const isMatch = predicateOf(filter)
    const wanted = all.filter(({ stream }) => isMatch(filterable(stream)))
    const middle = wanted[Math.floor(wanted.length / 2)]
    for (const after of [undefined, middle]) {
      const page = wanted.slice(after ? wanted.indexOf(after) + 1 : 0).slice(0, PAGE)
      const plans = await plansOf(db, async () => {
        expect((await store.list(filter, after, PAGE)).found).toEqual(page)
      })
      expectInProportion(plans)
      // Each of the queries whose answers are put in order may be asked for a page, and one of several platforms that have
      // most of the streams may pass over as many of the others.
      expect(plans.read).toBeLessThanOrEqual(2 * plans.queries * PAGE)
    }
  })
})

/** One in forty is on a rare platform, about as many are private, and one in a hundred has no type. */
function kindOf(i: number): { platform: string; type: StreamType } {
  const platform = i % 80 < 2 ? 'rare' : i % 2 === 0 ? 'qq' : 'telegram'
  return { platform, type: i % 50 === 3 || i % 160 === 1 ? 'private' : i % 100 === 9 ? 'unknown' : 'group' }
}

function ourStream(i: number): Stream {
  const { platform, type } = kindOf(i)
  const overrides = { platform, aliasIds: i % 100 === 0 ? [`alias-${i}`] : [] }
  if (type === 'private') return privateStream(`ours-${i}`, overrides)
  if (type === 'unknown') return unknownStream(`ours-${i}`, overrides)
  return groupStream(`ours-${i}`, { ...overrides, userInfo: { platform, userId: TALKER } })
}

function botDocument(i: number): Document {
  const { platform, type } = kindOf(i)
  return intGroup(i + 1, i, {
    ...{ stream_id: `bot-${i}`, platform },
    user_info: type === 'unknown' ? null : { platform, user_id: type === 'private' ? `bot-${i}` : TALKER },
    group_info: type === 'group' ? { platform, group_id: `bot-${i}` } : null,
  })
}
