import { randomUUID } from 'node:crypto'
import { type Collection, type Document, Double, Int32, Long } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Stream } from '../../src/domain/stream.ts'
import { tombstoneOf } from '../../src/domain/tombstone.ts'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { SkippedDocument } from '../../src/store/mongo/notices.ts'
import { openStore } from '../../src/store/open.ts'
import { ConflictError, CursorExpiredError, type Store, StoreUnusableError } from '../../src/store/store.ts'
import { AT_LIMITS, intGroup, intUser, NO_STREAMS, OVER_LIMITS, objectId } from '../support/maibot-collection.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { creation, DELETE_TIME, deletion, groupStream, merge, mergedInto, update } from '../support/streams.ts'
import { cursorNow, Watcher } from './watcher.ts'

const ROOT = { user: 'root', password: 'p@ss/w:rd' }
const BOT = { user: 'bot', password: 'b0t' }

describe.skipIf(mongodMissing())("MongoDB, in a bot's own collection", { timeout: 60_000 }, () => {
  let servers: MongoServers
  beforeAll(async () => {
    servers = await startReplicaSet({ auth: ROOT })
  }, 60_000)
  afterAll(() => servers?.stop())

  /** The collection of a bot, a store on it, and what the store reported. */
  async function adopted(documents: readonly Document[], { user = ROOT, prepare = prepared } = {}) {
    const database = `t${randomUUID().slice(0, 8)}`
    const db = servers.admin.db(database)
    const collection = db.collection('chat_streams', { ignoreUndefined: true })
    await prepare(collection)
    if (documents.length > 0) await collection.insertMany(documents.map((document) => ({ ...document })))
    if (user === BOT) {
      await db.command({ createUser: BOT.user, pwd: BOT.password, roles: [{ role: 'readWrite', db: database }] })
    }
    const url = servers
      .url(database, user)
      .replace(/authSource=admin/, `authSource=${user === BOT ? database : 'admin'}`)
    const skipped: SkippedDocument[] = []
    const warnings: string[] = []
    const open = () =>
      openMongoStore(url, {
        onSkipped: (document) => skipped.push(document),
        onWarning: (message) => warnings.push(message),
      })
    const store = await open()
    return {
      ...{ collection, store, open, skipped, warnings },
      [Symbol.asyncDispose]: () => store.close(),
    }
  }

  describe('adoption', () => {
    it('reads ids and times of every type, absent names and absent users', async () => {
      const decimal = {
        ...intGroup(3, 8),
        stream_id: 'text-group',
        group_info: { platform: 'qq', group_id: '941657197' },
      }
      const documents = [
        intGroup(1, 941_657_197),
        intUser(2, 3_000_000_000),
        decimal,
        intUser(4, 9, { stream_id: 'double', user_info: { platform: 'qq', user_id: new Double(12) } }),
        intGroup(5, 10, { stream_id: 'notice', user_info: null }),
        intGroup(6, 11, { stream_id: 'nobody', user_info: null, group_info: null }),
        intGroup(7, 12, { stream_id: 'empty-group', group_info: { platform: 'qq', group_id: '' } }),
        intGroup(8, 13, { stream_id: 'number-platform', platform: new Int32(5) }),
        intGroup(9, 14, { stream_id: 'no-info-platform', group_info: { group_id: 14, group_name: null } }),
      ]
      await using bot = await adopted(documents)
      const streams = (await bot.store.list({}, undefined, 100)).found.map(({ stream }) => stream)
      const base = { accountId: '', scope: '', labels: {}, aliasIds: [], createTime: 1_700_000_000 }
      const seven = { platform: 'qq', userId: '7', userNickname: 'Seven' }
      const group = { ...base, platform: 'qq', userInfo: seven, lastActiveTime: 1_700_000_100.5 }
      expect(streams).toEqual<Stream[]>([
        {
          ...{ ...group, streamId: 'int-group-941657197' },
          groupInfo: { platform: 'qq', groupId: '941657197', groupName: 'Group 941657197' },
        },
        {
          ...{ ...base, streamId: 'int-user-3000000000', platform: 'qq', lastActiveTime: 1_700_000_000 },
          userInfo: { platform: 'qq', userId: '3000000000' },
        },
        { ...group, streamId: 'text-group', groupInfo: { platform: 'qq', groupId: '941657197' } },
        {
          ...{ ...base, streamId: 'double', platform: 'qq', lastActiveTime: 1_700_000_000 },
          userInfo: { platform: 'qq', userId: '12' },
        },
        {
          ...{ ...base, streamId: 'notice', platform: 'qq', lastActiveTime: 1_700_000_100.5 },
          groupInfo: { platform: 'qq', groupId: '10', groupName: 'Group 10' },
        },
        { ...base, streamId: 'nobody', platform: 'qq', lastActiveTime: 1_700_000_100.5 },
        { ...group, streamId: 'empty-group' },
        {
          ...{ ...group, streamId: 'number-platform', platform: '5' },
          groupInfo: { platform: 'qq', groupId: '13', groupName: 'Group 13' },
        },
        { ...group, streamId: 'no-info-platform', groupInfo: { platform: 'qq', groupId: '14' } },
      ])
      expect(bot.skipped).toEqual([])
    })

    it('finds ids stored as numbers and as text by the same text', async () => {
      await using bot = await adopted([
        intGroup(1, 5),
        intGroup(2, 5, { stream_id: 'long', group_info: { platform: 'qq', group_id: Long.fromNumber(5) } }),
        intGroup(3, 5, { stream_id: 'double', group_info: { platform: 'qq', group_id: new Double(5) } }),
        intGroup(4, 5, { stream_id: 'text', group_info: { platform: 'qq', group_id: '5' } }),
        intGroup(5, 5, { stream_id: 'other', group_info: { platform: 'qq', group_id: '05' } }),
        intGroup(6, 5, { stream_id: 'half', group_info: { platform: 'qq', group_id: 5.5 } }),
        intUser(7, 5),
        intUser(8, 9_007_199_254_740_991),
      ])
      const find = async (kind: 'group' | 'private', id: string) =>
        (await bot.store.find([{ target: { kind, id }, platform: 'qq' }])).found[0]?.map(({ streamId }) => streamId)
      expect(await find('group', '5')).toEqual(['double', 'int-group-5', 'long', 'text'])
      expect(await find('group', '05')).toEqual(['other'])
      expect(await find('group', '5.5')).toEqual(['half'])
      expect(await find('group', '5.0')).toEqual([])
      expect(await find('private', '5')).toEqual(['int-user-5'])
      expect(await find('private', '9007199254740991')).toEqual(['int-user-9007199254740991'])
      expect(await find('private', '7')).toEqual([])
    })

    it('skips what is no stream, tells each once and why, and goes on', async () => {
      await using bot = await adopted([intGroup(1, 1), ...Object.values(NO_STREAMS), intUser(60, 2)])
      for (let i = 0; i < 2; i++) {
        const streams = (await bot.store.list({}, undefined, 100)).found
        expect(streams.map(({ streamId }) => streamId)).toEqual(['int-group-1', 'int-user-2'])
      }
      expect(await read(bot.store)).toEqual(['int-group-1', 'int-user-2'])
      expect(bot.skipped.map(({ reason }) => reason)).toEqual(Object.keys(NO_STREAMS))
      expect(new Set((await bot.store.count({})).found)).toEqual(
        new Set([
          { platform: 'qq', type: 'group', count: 1 },
          { platform: 'qq', type: 'private', count: 1 },
        ]),
      )
    })

    it('skips what has a field over a limit, tells which and by how much, and goes on', async () => {
      await using bot = await adopted([intGroup(1, 999), ...Object.values(OVER_LIMITS), AT_LIMITS, intUser(60, 2)])
      const streamIds = ['int-group-999', AT_LIMITS.stream_id, 'int-user-2']
      const listed = []
      for (let page = (await bot.store.list({}, undefined, 1)).found; page.length > 0; ) {
        listed.push(...page)
        page = (await bot.store.list({}, page.at(-1), 1)).found
      }
      expect(listed.map(({ streamId }) => streamId)).toEqual(streamIds)
      expect(bot.skipped.map(({ reason }) => reason)).toEqual(Object.keys(OVER_LIMITS))
      expect(await read(bot.store)).toEqual(streamIds)
      expect(new Set((await bot.store.count({})).found)).toEqual(
        new Set([
          { platform: 'qq', type: 'group', count: 1 },
          { platform: AT_LIMITS.platform, type: 'group', count: 1 },
          { platform: 'qq', type: 'private', count: 1 },
        ]),
      )
      const over = Object.values(OVER_LIMITS)
      expect((await bot.store.get(over.map(({ stream_id }) => stream_id))).found).toEqual(over.map(() => undefined))
      expect((await bot.store.find([{ target: { kind: 'group', id: '11' } }])).found).toEqual([[]])
      expect((await bot.store.list({ types: ['group'] }, undefined, 9)).found.map(({ streamId }) => streamId)).toEqual(
        streamIds.slice(0, 2),
      )
    })

    it('makes a stream within the limits of a document over them by a commit under its id', async () => {
      const { streamId } = groupStream('1')
      await using bot = await adopted([
        intGroup(1, 1, { stream_id: streamId, group_info: { group_id: '1', group_name: 'g'.repeat(2_000_000) } }),
      ])
      await bot.store.commit([creation(groupStream('1'))])
      expect((await bot.store.get([streamId])).found[0]?.stream).toEqual(groupStream('1'))
    })

    it('tells of no more than a hundred skipped documents', async () => {
      await using bot = await adopted(Array.from({ length: 150 }, (_, i) => ({ _id: `junk ${i}` as never })))
      await bot.store.list({}, undefined, 100)
      expect((await bot.store.list({ types: ['unknown'] }, undefined, 100)).found).toEqual([])
      expect(bot.skipped.length).toBeLessThanOrEqual(100)
    })

    it('keeps the order of creation, page by page, among documents of the bot, of others and of ours', async () => {
      const documents = [
        ...Array.from({ length: 30 }, (_, i) => intGroup(1_700_000_000 + Math.floor(i / 10), i)),
        { ...intUser(0, 1), _id: 'by-hand' as never, create_time: new Double(1_700_000_001.5) },
      ]
      await using bot = await adopted([...documents].reverse())
      await bot.store.commit([creation(groupStream('ours-1')), creation(groupStream('ours-2'))])
      const all = (await bot.store.list({}, undefined, 100)).found
      expect(all.map(({ stream }) => stream.groupInfo?.groupId ?? 'by-hand')).toEqual([
        ...Array.from({ length: 10 }, (_, i) => `${i}`),
        ...Array.from({ length: 10 }, (_, i) => `${i + 10}`),
        'by-hand',
        ...Array.from({ length: 10 }, (_, i) => `${i + 20}`),
        ...['ours-1', 'ours-2'],
      ])
      const paged = []
      for (let page = (await bot.store.list({}, undefined, 4)).found; page.length > 0; ) {
        paged.push(...page)
        page = (await bot.store.list({}, page.at(-1), 4)).found
      }
      expect(paged).toEqual(all)
      expect(await read(bot.store)).toEqual(all.map(({ streamId }) => streamId))
    })

    it('makes the indexes that are missing and leaves those of the bot', async () => {
      await using bot = await adopted([intGroup(1, 1)])
      const names = (await bot.collection.indexes()).map(({ name }) => name)
      expect(names).toEqual([
        '_id_',
        'chatapi_stream_id',
        'chatapi_group',
        'chatapi_user',
        'chatapi_position',
        'chatapi_alias',
        'chatapi_merged_group',
        'chatapi_merged_user',
        'chatapi_delete_time',
      ])
      await using other = await adopted([intGroup(1, 1)], {
        prepare: async (collection) => {
          await collection.createIndex({ stream_id: 1 }, { unique: true })
          await collection.createIndex({ platform: 1, 'user_info.user_id': 1, 'group_info.group_id': 1 })
        },
      })
      const keys = (await other.collection.indexes()).filter(({ unique }) => unique).map(({ name }) => name)
      expect(keys).toEqual(['stream_id_1'])
    })

    it('serves a collection with duplicates, of which the oldest is the stream', async () => {
      const [first, second] = [intGroup(1, 5), intGroup(2, 5, { last_active_time: new Double(1) })]
      await using bot = await adopted([second, intGroup(3, 6), first])
      expect(bot.warnings.join()).toContain('"int-group-5"')
      const listed = (await bot.store.list({}, undefined, 10)).found
      expect(listed.map(({ streamId, stream }) => [streamId, stream.lastActiveTime])).toEqual([
        ['int-group-5', 1_700_000_100.5],
        ['int-group-6', 1_700_000_100.5],
      ])
      expect((await bot.store.get(['int-group-5'])).found[0]).toEqual(listed[0])
      expect((await bot.store.find([{ target: { kind: 'group', id: '5' } }])).found).toEqual([[listed[0]]])
      expect((await bot.store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 2 }])
      expect(await read(bot.store)).toEqual(['int-group-5', 'int-group-6'])
      expect(bot.skipped.map(({ documentId }) => documentId)).toEqual([String(second._id)])

      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await bot.collection.updateOne({ _id: second._id }, { $set: { last_active_time: 2 } })
      await bot.collection.deleteOne({ _id: first._id })
      await watcher.until(() => watcher.changes.length >= 2)
      expect(watcher.changes.map(({ after }) => after?.stream.lastActiveTime)).toEqual([1_700_000_100.5, 2])
      const [stored] = (await bot.store.get(['int-group-5'])).found
      await watcher.untilRevision(await bot.store.commit([deletion(stored!.stream)]))
      await watcher.stop()
      expect(watcher.changes.at(-1)).toEqual({
        streamId: 'int-group-5',
        before: 'unknown',
        after: undefined,
        tombstone: tombstoneOf(stored!.stream, DELETE_TIME),
      })
    })
  })

  describe('a stream that is gone', () => {
    /** What a bot of 0.6 does every five minutes with each chat that it has in memory. */
    async function saves(collection: Collection, document: Document): Promise<void> {
      const { _id, ...fields } = document
      await collection.updateOne({ stream_id: document.stream_id }, { $set: fields }, { upsert: true })
    }

    it('by a deletion stays away when the bot writes again what it has in memory, and is back once the bot sees it', async () => {
      const document = intGroup(1, 5, { saved_by: 'bot' })
      await using bot = await adopted([document, intGroup(2, 6)])
      const [stored] = (await bot.store.get(['int-group-5'])).found
      await bot.store.commit([deletion(stored!.stream, 1_700_000_200)])
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await saves(bot.collection, document)
      expect(await read(bot.store)).toEqual(['int-group-6'])
      expect((await bot.store.tombstones(['int-group-5'], [])).found).toHaveLength(1)
      expect((await bot.store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 1 }])
      await saves(bot.collection, { ...document, last_active_time: 1_700_000_201 })
      await watcher.until(() => watcher.changes.length > 0)
      await watcher.stop()
      const [back] = (await bot.store.get(['int-group-5'])).found
      expect(watcher.changes).toEqual([{ streamId: 'int-group-5', before: undefined, after: back }])
      expect(back?.stream.groupInfo?.groupName).toBe('Group 5')
      expect((await bot.store.tombstones(['int-group-5'], [])).found).toEqual([])
      expect((await bot.store.snapshot()).tombstones).toEqual([])
      await bot.store.commit([update(back!.stream, { ...back!.stream, lastActiveTime: 1_700_000_100 })])
      expect(await read(bot.store)).toEqual(['int-group-5', 'int-group-6'])
    })

    it('by a merge leads to its target, whatever the bot writes', async () => {
      const document = intGroup(1, 5)
      await using bot = await adopted([document, intGroup(2, 6)])
      const [source, target] = (await bot.store.get(['int-group-5', 'int-group-6'])).found.map((found) => found!.stream)
      await bot.store.commit(merge(source!, target!))
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await saves(bot.collection, { ...document, last_active_time: 1_800_000_000 })
      const merged = mergedInto(target!, source!)
      expect(await read(bot.store)).toEqual(['int-group-6'])
      expect((await bot.store.get(['int-group-5'])).found[0]?.stream).toEqual(merged)
      expect((await bot.store.find([{ target: { kind: 'group', id: '5' } }])).found[0]).toMatchObject([
        { stream: merged },
      ])
      await watcher.untilRevision(await bot.store.commit([update(merged, { ...merged, customName: 'ours' })]))
      await watcher.stop()
      expect(watcher.changes.map(({ streamId }) => streamId)).toEqual(['int-group-6'])
    })

    it('leaves a document that the bot can read, without the names in it', async () => {
      const [group, user] = [intGroup(1, 5, { saved_by: 'bot' }), intUser(2, 7)]
      user.user_info.user_nickname = 'Seven'
      await using bot = await adopted([group, user])
      const streams = (await bot.store.get([group.stream_id, user.stream_id])).found.map((found) => found!.stream)
      await bot.store.commit(streams.map((stream) => deletion(stream)))
      const [first, second] = await bot.collection.find({}, { promoteValues: false }).sort({ _id: 1 }).toArray()
      expect(first).toEqual({
        ...group,
        user_info: null,
        group_info: { platform: 'qq', group_id: new Int32(5) },
        labels: [],
        delete_time: new Double(DELETE_TIME),
      })
      expect(second?.user_info).toEqual({ platform: 'qq', user_id: new Int32(7) })
    })

    it('is told of once where no images are kept, and not again when the bot writes it', async () => {
      const document = intGroup(1, 5)
      await using bot = await adopted([document], { user: BOT })
      const [stored] = (await bot.store.get(['int-group-5'])).found
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await watcher.untilRevision(await bot.store.commit([deletion(stored!.stream)]))
      await saves(bot.collection, document)
      const fresh = groupStream('fresh')
      await watcher.untilRevision(await bot.store.commit([creation(fresh)]))
      await watcher.stop()
      expect(watcher.changes.map(({ streamId, after }) => [streamId, after?.streamId])).toEqual([
        ['int-group-5', undefined],
        [fresh.streamId, fresh.streamId],
      ])
    })

    it('takes all documents of its id with it where ids are not unique', async () => {
      await using bot = await adopted([intGroup(1, 5), intGroup(2, 5), intGroup(3, 6)])
      const [stored] = (await bot.store.get(['int-group-5'])).found
      await bot.store.commit([deletion(stored!.stream)])
      expect(await read(bot.store)).toEqual(['int-group-6'])
      expect((await bot.store.tombstones(['int-group-5'], [])).found).toHaveLength(1)
      const again = { ...stored!.stream, lastActiveTime: DELETE_TIME + 1 }
      await bot.store.commit([creation(again)])
      expect((await bot.store.get(['int-group-5'])).found[0]?.stream).toEqual(again)
      expect(await read(bot.store)).toEqual(['int-group-6', 'int-group-5'])
    })
  })

  describe('our writes', () => {
    it('keep ids of numbers, unknown fields and the _id, and write floats and present infos', async () => {
      const document = intGroup(1, 941_657_197, { saved_by: { bot: Long.fromNumber(1) } })
      await using bot = await adopted([document])
      const [stored] = (await bot.store.get(['int-group-941657197'])).found
      const stream = stored!.stream
      await bot.store.commit([
        update(stream, {
          ...stream,
          lastActiveTime: 1_800_000_000,
          groupInfo: { ...stream.groupInfo!, groupName: 'Renamed' },
          labels: { team: 'blue' },
        }),
      ])
      const after = await bot.collection.findOne({ _id: document._id }, { promoteValues: false })
      expect(after).toEqual({
        ...document,
        group_info: { platform: 'qq', group_id: new Int32(941_657_197), group_name: 'Renamed' },
        last_active_time: new Double(1_800_000_000),
        account_id: '',
        scope: '',
        labels: [{ key: 'team', value: 'blue' }],
        alias_ids: [],
      })
      const [again] = (await bot.store.get(['int-group-941657197'])).found
      expect(again?.position).toBe(stored?.position)
    })

    it('are documents of the shape of the bot', async () => {
      await using bot = await adopted([])
      await bot.store.commit([creation(groupStream('941657197'))])
      const document = await bot.collection.findOne({}, { promoteValues: false })
      expect(document).toMatchObject({
        stream_id: 'a544edeb1a9b73e3e1d77dff36e41264',
        platform: 'qq',
        user_info: null,
        group_info: { platform: 'qq', group_id: '941657197', group_name: 'Group 941657197' },
        create_time: new Double(1_600_000_000),
        last_active_time: new Double(1_700_000_000),
      })
    })

    it('never undo what the bot writes at the same time', async () => {
      await using bot = await adopted([intGroup(1, 1)])
      const id = 'int-group-1'
      let written = 0
      const botWrites = async () => {
        for (let i = 1; i <= 100; i++) {
          await bot.collection.updateOne({ stream_id: id }, { $set: { last_active_time: 2e9 + i }, $inc: { seen: 1 } })
          written = i
        }
      }
      const ourWrites = async () => {
        for (let i = 0; written < 100; i++) {
          const [stored] = (await bot.store.get([id])).found
          try {
            await bot.store.commit([update(stored!.stream, { ...stored!.stream, labels: { i: `${i}` } })])
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error
          }
        }
      }
      await Promise.all([botWrites(), ourWrites()])
      const document = await bot.collection.findOne({ stream_id: id })
      expect(document).toMatchObject({ last_active_time: 2e9 + 100, seen: 100 })
      const [stored] = (await bot.store.get([id])).found
      expect(stored?.stream.lastActiveTime).toBe(2e9 + 100)
    })

    it('make a stream of a document that has its id and is none, and keep what else it holds', async () => {
      const broken = intGroup(1, 1, { stream_id: groupStream('1').streamId, platform: null, note: 'kept' })
      await using bot = await adopted([broken])
      await bot.store.commit([creation(groupStream('1'))])
      expect(await bot.collection.findOne({})).toMatchObject({ _id: broken._id, note: 'kept', platform: 'qq' })
      expect((await bot.store.list({}, undefined, 10)).found.map(({ stream }) => stream)).toEqual([groupStream('1')])
    })
  })

  describe('writes of the bot while we run', () => {
    it('show up in a watch as they were made: upserts, changes and deletions', async () => {
      await using bot = await adopted([intGroup(1, 1)])
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await botWrites(bot.collection)
      await watcher.until(() => watcher.changes.length >= 5)
      await watcher.stop()
      expect(watcher.changes.map(summary)).toEqual(WRITTEN)
      expect(watcher.commits).toHaveLength(5)
    })

    it('are told to a watch that resumes, though they are overwritten and deleted since', async () => {
      await using bot = await adopted([intGroup(1, 1)])
      const cursor = await cursorNow(bot.store)
      await botWrites(bot.collection)
      const again = await bot.open()
      const watcher = new Watcher(again, cursor)
      await watcher.until(() => watcher.changes.length >= 5)
      await watcher.stop()
      await again.close()
      expect(watcher.changes.map(summary)).toEqual(WRITTEN)
    })

    it('that make no stream, or unmake one, are told as no change and as a removal', async () => {
      await using bot = await adopted([intGroup(1, 1)])
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await bot.collection.insertOne({ stream_id: 'half', platform: 'qq' })
      await bot.collection.updateOne({ stream_id: 'half' }, { $set: { more: 1 } })
      await bot.collection.deleteOne({ stream_id: 'half' })
      await bot.collection.updateOne({ stream_id: 'int-group-1' }, { $unset: { platform: 1 } })
      await bot.collection.updateOne({ stream_id: 'int-group-1' }, { $set: { platform: 'qq' } })
      await watcher.until(() => watcher.changes.length >= 2)
      await watcher.stop()
      expect(watcher.changes.map(({ streamId, after }) => [streamId, after !== undefined])).toEqual([
        ['int-group-1', false],
        ['int-group-1', true],
      ])
      expect(bot.skipped.map(({ reason }) => reason)).toEqual([
        'create_time is not a time in seconds',
        'platform is neither text nor a number',
      ])
    })

    it('that put a field over a limit, or back under it, are told as a removal and as the stream', async () => {
      await using bot = await adopted([intGroup(1, 1), intGroup(2, 2)])
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await botRenames(bot.collection)
      await watcher.until(() => watcher.changes.length >= 3)
      await watcher.stop()
      expect(watcher.changes.map(summary)).toEqual(RENAMED)
      expect(watcher.changes.map(({ before }) => before !== 'unknown')).toEqual([true, true, true])
      expect(bot.skipped.map(({ reason }) => reason)).toEqual([
        'group_info.group_name has 2000000 bytes, over the limit of 16384',
      ])
    })

    it('to documents of which two do not fit into one event are told as others are', async () => {
      await using bot = await adopted([intGroup(1, 1), intGroup(2, 2)])
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await botRenames(bot.collection, 9_000_000)
      await watcher.until(() => watcher.changes.length >= 3)
      await watcher.stop()
      expect(watcher.changes.map(summary)).toEqual(RENAMED)
      for (const { before } of watcher.changes) expect(before).not.toMatchObject({ stream: { platform: '' } })
    })

    it('of one transaction are one event', async () => {
      await using bot = await adopted([intGroup(1, 1)])
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await servers.admin.withSession((session) =>
        session.withTransaction(async () => {
          await bot.collection.insertOne(intGroup(9, 2), { session, ignoreUndefined: true })
          await bot.collection.updateOne({ stream_id: 'int-group-1' }, { $set: { last_active_time: 5 } }, { session })
          await bot.collection.updateOne({ stream_id: 'int-group-1' }, { $set: { last_active_time: 6 } }, { session })
        }),
      )
      await watcher.until(() => watcher.commits.length >= 1)
      await watcher.stop()
      expect(watcher.commits[0]?.changes.map(summary).sort()).toEqual(['int-group-1 6', 'int-group-2 1700000100.5'])
      const before = new Map(watcher.changes.map((change) => [change.streamId, change.before]))
      expect(before.get('int-group-1')).toMatchObject({ stream: { lastActiveTime: 1_700_000_100.5 } })
      expect(before.get('int-group-2')).toBeUndefined()
    })

    it('that drop the collection expire every cursor, and a new snapshot goes on', async () => {
      await using bot = await adopted([intGroup(1, 1)])
      const cursor = await cursorNow(bot.store)
      const watcher = new Watcher(bot.store, cursor)
      await bot.collection.drop()
      expect(await watcher.failure).toBeInstanceOf(CursorExpiredError)
      await bot.collection.insertOne(intGroup(2, 2))
      expect(await read(bot.store)).toEqual(['int-group-2'])
      expect(await new Watcher(bot.store, cursor).failure).toBeInstanceOf(CursorExpiredError)
      const again = new Watcher(bot.store, await cursorNow(bot.store))
      await bot.collection.deleteOne({ stream_id: 'int-group-2' })
      await again.until(() => again.changes.length >= 1)
      await again.stop()
      expect((await bot.collection.indexes()).map(({ name }) => name)).toContain('chatapi_stream_id')
    })

    it('outside of the collection move the revision of an idle watch', async () => {
      await using bot = await adopted([])
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      const { operationTime } = await servers.admin.db('elsewhere').command({ insert: 'x', documents: [{}] })
      await watcher.untilRevision(operationTime.toBigInt())
      await watcher.stop()
      expect(watcher.changes).toEqual([])
    })
  })

  describe('with the privileges of the bot alone', () => {
    it('does without images, tells of changes as they were, and of deletions by what it has read', async () => {
      await using bot = await adopted([intGroup(1, 1), { _id: objectId(1), stream_id: 'junk' }], { user: BOT })
      expect(bot.warnings.join()).toContain('collMod')
      await read(bot.store)
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await bot.collection.deleteOne({ stream_id: 'junk' })
      await botWrites(bot.collection)
      await watcher.until(() => watcher.changes.length >= 5)
      await watcher.stop()
      expect(watcher.changes.map(summary)).toEqual(WRITTEN)
    })

    it('tells of a field put over a limit as of a removal', async () => {
      await using bot = await adopted([intGroup(1, 1), intGroup(2, 2)], { user: BOT })
      await read(bot.store)
      const watcher = new Watcher(bot.store, await cursorNow(bot.store))
      await botRenames(bot.collection)
      await watcher.until(() => watcher.changes.length >= 3)
      await watcher.stop()
      expect(watcher.changes.map(summary)).toEqual(RENAMED)
    })

    it('asks for a new snapshot where it cannot tell whether a document over a limit was a stream', async () => {
      await using bot = await adopted([intGroup(1, 1), intGroup(2, 2)], { user: BOT })
      const cursor = await cursorNow(bot.store)
      await botRenames(bot.collection)
      const again = await bot.open()
      expect(await new Watcher(again, cursor).failure).toBeInstanceOf(CursorExpiredError)
      await again.close()
    })

    it('asks for a new snapshot where a deletion cannot be told', async () => {
      await using bot = await adopted([intGroup(1, 1)], { user: BOT })
      const cursor = await cursorNow(bot.store)
      await bot.collection.deleteOne({ stream_id: 'int-group-1' })
      const again = await bot.open()
      expect(await new Watcher(again, cursor).failure).toBeInstanceOf(CursorExpiredError)
      await again.close()
    })
  })

  describe('opening', () => {
    it.each([
      ['a wrong password', () => servers.url('x', { ...ROOT, password: 's3cret' })],
      ['a URL of another kind', () => 'mongodb:/root:s3cret@127.0.0.1/x'],
      ['a URL with an unknown option', () => `${servers.url('x', { ...ROOT, password: 's3cret' })}&nonsense=1`],
      ['a password that is not escaped', () => 'mongodb://root:s3cret%zz@127.0.0.1/x'],
      ['a database name that cannot be', () => servers.url('a%20b', ROOT)],
    ])('refuses %s in words that hold no password', async (_, url) => {
      const error = await openMongoStore(url()).then(
        (store) => store.close(),
        (reason) => reason,
      )
      expect(error).toBeInstanceOf(StoreUnusableError)
      expect(error.message).not.toContain('s3cret')
    })

    it('serves the database that it is told, whatever else the URL names', async () => {
      const database = `t${randomUUID().slice(0, 8)}`
      const store = await openMongoStore(servers.url('elsewhere', ROOT), { database })
      await store.commit([creation(groupStream('1'))])
      await store.close()
      expect(await servers.admin.db(database).collection('chat_streams').countDocuments()).toBe(1)
    })

    it('serves the database that the store URL names', async () => {
      const database = `t${randomUUID().slice(0, 8)}`
      const store = await openStore(servers.url(database, ROOT))
      await store.commit([creation(groupStream('1'))])
      await store.close()
      expect(await servers.admin.db(database).collection('chat_streams').countDocuments()).toBe(1)
    })

    it('refuses a view of that name', async () => {
      const opening = adopted([], {
        prepare: async (collection) => {
          await servers.admin.db(collection.dbName).createCollection('chat_streams', { viewOn: 'x', pipeline: [] })
        },
      })
      await expect(opening).rejects.toThrow(StoreUnusableError)
    })
  })
})

/** Nothing that the bot had prepared. */
async function prepared(_: Collection): Promise<void> {}

/** As the bot saves: by stream id, setting fields, inserting where there is none. */
async function botWrites(collection: Collection): Promise<void> {
  const { _id, ...fields } = intUser(9, 77)
  const save = (streamId: string, set: Document) =>
    collection.updateOne({ stream_id: streamId }, { $set: set }, { upsert: true })
  await save('int-user-77', fields)
  await save('int-group-1', { last_active_time: 1 })
  await save('int-group-1', { last_active_time: 2, 'group_info.group_id': new Int32(1) })
  await save('int-user-77', { last_active_time: 3.5 })
  await collection.deleteOne({ stream_id: 'int-user-77' })
}

const WRITTEN = ['int-user-77 1700000000', 'int-group-1 1', 'int-group-1 2', 'int-user-77 3.5', 'int-user-77 gone']

/** A name that no stream can hold, activity under it, the old name again, and activity in another chat. */
async function botRenames(collection: Collection, length = 2_000_000): Promise<void> {
  const set = (streamId: string, fields: Document) => collection.updateOne({ stream_id: streamId }, { $set: fields })
  await set('int-group-1', { 'group_info.group_name': 'g'.repeat(length) })
  await set('int-group-1', { last_active_time: 1 })
  await set('int-group-1', { 'group_info.group_name': 'Group 1' })
  await set('int-group-2', { last_active_time: 2 })
}

const RENAMED = ['int-group-1 gone', 'int-group-1 1', 'int-group-2 2']

function summary({ streamId, after }: { streamId: string; after: { stream: Stream } | undefined }): string {
  return `${streamId} ${after ? after.stream.lastActiveTime : 'gone'}`
}

async function read(store: Store): Promise<string[]> {
  const streamIds: string[] = []
  for await (const batch of (await store.snapshot()).batches) streamIds.push(...batch.map(({ streamId }) => streamId))
  return streamIds
}
