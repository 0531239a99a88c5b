import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { ChatApiError } from '../../src/domain/errors.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { creation, groupStream } from '../support/streams.ts'

const CHATS = 100
const OPENS = 1_000
const CIRCLES = 50
const CIRCLE = 10

/** What two servers decide over one database, at the same time. */
describe.skipIf(mongodMissing())('two servers over one MongoDB', { timeout: 120_000 }, () => {
  describe.each([
    ['a replica set', startReplicaSet],
    ['a standalone server', startStandalone],
  ])('on %s', (_name, start) => {
    let servers: MongoServers
    let stores: Store[]
    let commands: Commands[]
    beforeAll(async () => {
      servers = await start()
      const url = servers.url(`t${randomUUID().slice(0, 8)}`)
      stores = await Promise.all([openMongoStore(url), openMongoStore(url)])
      commands = stores.map((store) => new Commands(store))
    }, 60_000)
    afterAll(async () => {
      await Promise.all(stores.map((store) => store.close()))
      await servers.stop()
    })

    it(`open ${CHATS} chats ${OPENS} times and make as many streams`, async () => {
      const opens = Array.from({ length: OPENS }, (_, i) => {
        const groupInfo = { platform: 'qq', groupId: String(i % CHATS) }
        return commands[i % 2]!.open({ platform: 'qq', groupInfo })
      })
      const opened = await Promise.all(opens)
      expect(opened.filter(({ created }) => created)).toHaveLength(CHATS)
      expect((await stores[0]!.list({}, undefined, OPENS)).found).toHaveLength(CHATS)
    })

    it(`merge ${CIRCLES * CIRCLE} times in circles, and lose no alias and make no cycle`, async () => {
      for (let round = 0; round < CIRCLES; round++) {
        const circle = Array.from({ length: CIRCLE }, (_, i) => groupStream(`${i} of circle ${round}`))
        await stores[0]!.commit(circle.map(creation))
        await closes(circle)
      }
    })

    /** Each of the streams is merged into the next one, and the last one into the first, all at the same time. */
    async function closes(circle: readonly Stream[]): Promise<void> {
      const ref = (index: number) => ({ streamId: circle[index % CIRCLE]!.streamId, etag: '' })
      const merge = (i: number) => commands[i % 2]!.merge(ref(i), ref(i + 1))
      const outcomes = await Promise.allSettled(circle.map((_, i) => merge(i)))
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ChatApiError)
      }
      // What gave up among so many writers, or was left half-way by one, is finished by asking again.
      for (let i = 0; i < CIRCLE - 1; i++) {
        await merge(i).catch((error: ChatApiError) => expect(error.reason).toBe('INVALID_FIELD'))
      }
      const ids = circle.map(({ streamId }) => streamId)
      const [end] = (await stores[0]!.get(ids)).found
      expect([end!.streamId, ...end!.stream.aliasIds].sort()).toEqual([...ids].sort())
      expect(end!.stream.mergedChats?.map(({ streamId }) => streamId).sort()).toEqual([...end!.stream.aliasIds].sort())
      for (const store of stores) {
        expect((await store.get(ids)).found).toEqual(ids.map(() => end))
        const targets = circle.map(({ groupInfo }) => ({ target: { kind: 'group', id: groupInfo!.groupId } }) as const)
        expect((await store.find(targets)).found).toEqual(targets.map(() => [end]))
      }
    }
  })
})
