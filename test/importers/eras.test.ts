import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type MongoServers, mongodMissing, startStandalone } from '../support/mongod.ts'
import { importInto, looseDatabase, newStore, ROW, streamsOf } from './scene.ts'
import { SESSION, type SessionChange, sessionDatabase } from './sessions.ts'

const OLDER_ID = ROW.stream_id
const NEWER_ID = SESSION.session_id
const OTHER_ACCOUNT: SessionChange = { session_id: 'other', account_id: '10002' }

const older = () => looseDatabase([{}])
const newer = (...sessions: SessionChange[]) => sessionDatabase({ sessions: sessions.length > 0 ? sessions : [{}] })

/** The chat of both eras: the stream of the newer one, and all that is known of the older. */
const ONE_STREAM = {
  streamId: NEWER_ID,
  accountId: '10001',
  aliasIds: [OLDER_ID],
  mergedChats: [{ streamId: OLDER_ID, platform: 'qq', accountId: '', scope: '', groupId: '941657197' }],
  createTime: ROW.create_time,
  userInfo: { userId: '1787882683' },
  groupInfo: { groupId: '941657197', groupName: 'Readers' },
}

async function imported(store: Store, ...paths: string[]) {
  const reports = []
  for (const path of paths) reports.push(await importInto(store, path, { timeZone: 'UTC' }))
  return reports
}

async function idsAfter(...paths: string[]): Promise<string[]> {
  const store = await newStore()
  await imported(store, ...paths)
  return (await streamsOf(store)).map(({ streamId }) => streamId).sort()
}

describe('a chat of two eras', () => {
  it.each([
    ['the older first', [older, newer]],
    ['the newer first', [newer, older]],
    ['both in one file', [() => sessionDatabase({ sessions: [{}], legacy: [{}] })]],
  ])('becomes one stream, %s, and stays so', async (_order, sources) => {
    const store = await newStore()
    const paths = sources.map((source) => source())
    for (const report of await imported(store, ...paths)) expect(report).toMatchObject({ refused: 0, altered: 0 })
    expect(await streamsOf(store)).toMatchObject([ONE_STREAM])
    for (const report of await imported(store, ...paths, ...paths)) {
      expect(report).toMatchObject({ created: 0, updated: 0, refused: 0 })
    }
    expect(await streamsOf(store)).toMatchObject([ONE_STREAM])
  })

  it('is found by the older id, and by the group without an account', async () => {
    const store = await newStore()
    await imported(store, older(), newer())
    expect((await store.get([OLDER_ID])).found[0]?.streamId).toBe(NEWER_ID)
    const { stream, created } = await new Commands(store).open({
      platform: 'qq',
      groupInfo: { platform: 'qq', groupId: '941657197' },
    })
    expect({ created, streamId: stream.streamId }).toEqual({ created: false, streamId: NEWER_ID })
  })

  it('keeps what people said of the older stream', async () => {
    const store = await newStore()
    await imported(store, older())
    await new Commands(store).edit(
      { streamId: OLDER_ID, etag: '' },
      { customName: 'Book club', setLabels: { team: 'blue' } },
    )
    await imported(store, newer())
    expect(await streamsOf(store)).toMatchObject([{ ...ONE_STREAM, customName: 'Book club', labels: { team: 'blue' } }])
  })

  it('is counted in a dry run as it would be', async () => {
    const store = await newStore()
    await imported(store, newer())
    expect(await importInto(store, older(), { dryRun: true })).toMatchObject({ created: 0, updated: 1 })
    expect(await importInto(store, older())).toMatchObject({ created: 0, updated: 1 })
  })

  it('stays two streams and more where several accounts are in it', async () => {
    const three = [NEWER_ID, OLDER_ID, 'other'].sort()
    expect(await idsAfter(older(), newer({}, OTHER_ACCOUNT))).toEqual(three)
    expect(await idsAfter(newer({}, OTHER_ACCOUNT), older())).toEqual(three)
  })

  it('stays two streams where the newer era has one without an account as well', async () => {
    const both = newer({}, { session_id: OLDER_ID, account_id: null })
    expect(await idsAfter(both)).toEqual([NEWER_ID, OLDER_ID])
    expect(await idsAfter(older(), both)).toEqual([NEWER_ID, OLDER_ID])
    expect(await idsAfter(both, older())).toEqual([NEWER_ID, OLDER_ID])
  })

  it('is of one kind: a private chat and a group of the same id are two', async () => {
    const group = looseDatabase([{ group_id: '7' }])
    const user = newer({ group_id: null, group_name: null, user_id: '7' })
    expect(await idsAfter(group, user)).toEqual([NEWER_ID, OLDER_ID])
  })
})

describe.skipIf(mongodMissing())('in a MongoDB without transactions a chat of two eras', () => {
  let servers: MongoServers

  beforeAll(async () => {
    servers = await startStandalone()
  }, 60_000)
  afterAll(() => servers?.stop())

  it('becomes one stream', async () => {
    const store = await openStore(servers.url('eras'))
    try {
      await imported(store, older(), newer())
      expect(await streamsOf(store)).toMatchObject([ONE_STREAM])
      expect((await imported(store, older(), newer())).map(({ unchanged }) => unchanged)).toEqual([1, 1])
    } finally {
      await store.close()
    }
  })
})
