import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { deriveStreamId, identityOf } from '../../src/domain/identity.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { openSource } from '../../src/importers/detect.ts'
import type { ImportReport } from '../../src/importers/import-rows.ts'
import { importInto, newStore, stateOf, streamsOf } from './scene.ts'
import { type SessionChange, type SessionDatabase, sessionDatabase } from './sessions.ts'

const SHANGHAI = 'Asia/Shanghai'
const NEW_YORK = 'America/New_York'

async function imported(
  form: SessionDatabase,
  timeZone = SHANGHAI,
): Promise<{ report: ImportReport; streams: Stream[] }> {
  const store = await newStore()
  const report = await importInto(store, sessionDatabase(form), { timeZone })
  return { report, streams: await streamsOf(store) }
}

async function importedRow(session: SessionChange, timeZone?: string) {
  const { report, streams } = await imported({ sessions: [session] }, timeZone)
  return { report, stream: streams[0], why: (report.refusals[0] ?? report.alterations[0])?.why }
}

const PRIVATE = {
  session_id: 'cf12ce655ac960e617b29be6a7de70f0',
  group_id: null,
  group_name: null,
  user_id: '1787882683',
  user_nickname: 'Ann',
  user_cardname: 'Captain',
}

const NOTHING_LOST = { refused: 0, refusals: [], altered: 0, alterations: [] }

describe('the database of MaiBot 1.x', () => {
  it.each(Array.from({ length: 45 }, (_, index) => index + 1))('comes in whole in version %i', async (version) => {
    const { report, streams } = await imported({ version, sessions: [{}, PRIVATE] })
    expect(report).toMatchObject({ read: 2, created: 2, ...NOTHING_LOST })
    const [group, user] = streams
    const accountId = version >= 6 ? '10001' : ''
    const isNamed = version >= 10
    expect(group).toEqual({
      streamId: '6ec2fb04dac7799a763b153c7e039fe1',
      platform: 'qq',
      accountId,
      scope: '',
      groupInfo: { platform: 'qq', groupId: '941657197', ...(isNamed && { groupName: 'Readers' }) },
      createTime: Date.parse('2025-11-20T00:00:00Z') / 1000,
      lastActiveTime: Date.parse('2025-11-20T01:30:00.250Z') / 1000,
      labels: {},
      aliasIds: [],
    })
    expect(user).toMatchObject({ streamId: PRIVATE.session_id, accountId, groupInfo: undefined })
    expect(user?.userInfo).toEqual({
      platform: 'qq',
      userId: '1787882683',
      ...(isNamed && { userNickname: 'Ann', userCardname: 'Captain' }),
    })
    if (version >= 6)
      expect(streams.map((stream) => deriveStreamId(identityOf(stream)))).toEqual(
        streams.map(({ streamId }) => streamId),
      )
  })

  it('says what it is and of which version', async () => {
    const source = await openSource(sessionDatabase({ version: 41 }))
    expect(source.kind).toBe('MaiBot 1.x, SQLite (schema 41)')
    await source.close()
  })

  it('comes in while the bot holds it, is as it was, and is all unchanged the second time', async () => {
    const path = sessionDatabase({ sessions: [{}] })
    const bot = new DatabaseSync(path)
    bot.exec(`INSERT INTO chat_sessions (session_id, created_timestamp, user_id, platform)
      VALUES ('second', '2025-11-20 08:00:00', 'u', 'qq')`)
    const before = stateOf(dirname(path))
    const store = await newStore()
    expect(await importInto(store, path, { timeZone: SHANGHAI })).toMatchObject({ created: 2 })
    expect(stateOf(dirname(path))).toEqual(before)
    expect(await importInto(store, path, { timeZone: SHANGHAI })).toMatchObject({ created: 0, unchanged: 2 })
    bot.close()
  })

  it.each([0, 46, 1_000])('of the unknown version %i comes in where it has the columns', async (version) => {
    const path = sessionDatabase({
      sessions: [{}],
      prepare: (database) => database.exec(`PRAGMA user_version = ${version}`),
    })
    expect(await importInto(await newStore(), path)).toMatchObject({ created: 1, ...NOTHING_LOST })
  })

  it('of an unknown version without the columns is refused', async () => {
    const path = sessionDatabase({ version: 5, prepare: (database) => database.exec('PRAGMA user_version = 46') })
    await expect(openSource(path)).rejects.toThrow(
      /the table chat_sessions of .* lacks account_id, scope, user_nickname, user_cardname, group_name/,
    )
  })

  it('says what the columns hold that no known version has', async () => {
    const prepare = (database: DatabaseSync) =>
      database.exec(`ALTER TABLE chat_sessions ADD COLUMN "thread id" TEXT; PRAGMA user_version = 46;
        UPDATE chat_sessions SET "thread id" = 'seven' WHERE id = 2`)
    const { report } = await imported({ sessions: [PRIVATE, {}], prepare })
    expect(report).toMatchObject({ created: 2, refused: 0, altered: 1 })
    expect(report.alterations).toEqual([
      {
        place: 'row 2',
        streamId: '6ec2fb04dac7799a763b153c7e039fe1',
        why: 'thread id is left out, the text "seven": what this column says is not known',
      },
    ])
  })
})

describe('a session', () => {
  it('has the id that it has, whatever its columns derive', async () => {
    const { stream } = await importedRow({ session_id: 'of its own', account_id: 'late', scope: 's1' })
    expect(stream).toMatchObject({ streamId: 'of its own', accountId: 'late', scope: 's1' })
  })

  it('of a group keeps the user that early versions recorded', async () => {
    const { report, stream } = await importedRow({ user_id: '42' })
    expect(stream).toMatchObject({ userInfo: { userId: '42' }, groupInfo: { groupId: '941657197' } })
    expect(report).toMatchObject(NOTHING_LOST)
  })

  it.each([null, ''])('with the ids %o of user and group is of no type', async (id) => {
    const { report, stream } = await importedRow({ user_id: id, group_id: id, group_name: null })
    expect(stream).toMatchObject({ userInfo: undefined, groupInfo: undefined })
    expect(report).toMatchObject({ created: 1, ...NOTHING_LOST })
  })

  it('says which names are left out for want of an id', async () => {
    const { report, why } = await importedRow({ group_id: '', user_nickname: 'Ann', user_cardname: '' })
    expect(report).toMatchObject({ created: 1, refused: 0, altered: 1 })
    expect(why).toBe(
      'user_nickname is left out, the text "Ann": there is no user_id; group_name is left out, the text "Readers": there is no group_id',
    )
  })

  it('that was seen once was last active when it was created', async () => {
    const { stream } = await importedRow({ last_active_timestamp: null })
    expect(stream?.lastActiveTime).toBe(stream?.createTime)
  })

  it.each<[string, SessionChange, string]>([
    ['no time', { created_timestamp: null, last_active_timestamp: null }, 'created_timestamp is missing'],
    [
      'a time that is none',
      { created_timestamp: '2025-02-29 08:00:00' },
      'created_timestamp is the text "2025-02-29 08:00:00"; expected a time such as 2025-01-31 12:00:00',
    ],
    [
      'a number for a time',
      { last_active_timestamp: 1_700_000_000 },
      'last_active_timestamp is the number 1700000000; expected a time such as 2025-01-31 12:00:00',
    ],
    ['an empty id', { session_id: '' }, 'session_id is empty'],
    ['an empty platform', { platform: '' }, 'platform is empty'],
    ['binary data', { account_id: Buffer.from([1, 2]) }, 'account_id is 2 bytes of binary data; expected text'],
  ])('with %s is refused and says why', async (_name, session, reason) => {
    const { report, why } = await importedRow(session)
    expect(report).toMatchObject({ created: 0, refused: 1, altered: 0 })
    expect(why).toBe(reason)
  })
})

describe('a time without a zone', () => {
  const seconds = (text: string) => Date.parse(text) / 1000

  it.each([
    ['2025-11-20 08:00:00', SHANGHAI, '2025-11-20T00:00:00Z'],
    ['2025-11-20 08:00:00', 'UTC', '2025-11-20T08:00:00Z'],
    ['2025-07-01 08:00:00', NEW_YORK, '2025-07-01T12:00:00Z'],
    ['2025-11-20T08:00:00.5', NEW_YORK, '2025-11-20T13:00:00.5Z'],
    ['1960-01-01 00:00:00.250000', 'UTC', '1960-01-01T00:00:00.250Z'],
    ['2025-11-20 08:00:00+02:00', SHANGHAI, '2025-11-20T06:00:00Z'],
    ['2025-11-20T08:00:00Z', SHANGHAI, '2025-11-20T08:00:00Z'],
  ])('%s in %s is %s', async (created_timestamp, zone, moment) => {
    const { report, stream } = await importedRow({ created_timestamp, last_active_timestamp: null }, zone)
    expect(stream?.createTime).toBe(seconds(moment))
    expect(report).toMatchObject(NOTHING_LOST)
  })

  it('keeps its microseconds', async () => {
    const { stream } = await importedRow({ last_active_timestamp: '2025-11-20 09:30:00.123456' }, 'UTC')
    expect(stream?.lastActiveTime).toBe(seconds('2025-11-20T09:30:00Z') + 0.123456)
  })

  it('that was twice is taken for the first, and reported', async () => {
    const { report, stream, why } = await importedRow(
      { last_active_timestamp: '2025-11-02 01:30:00.250000', created_timestamp: null },
      NEW_YORK,
    )
    expect(stream?.lastActiveTime).toBe(seconds('2025-11-02T05:30:00.250Z'))
    expect(report).toMatchObject({ created: 1, refused: 0, altered: 1 })
    expect(why).toBe(
      'last_active_timestamp 2025-11-02 01:30:00.250000 was twice in America/New_York, when clocks were set back; taken for 2025-11-02T05:30:00.25Z',
    )
  })

  it('that never was is taken for what a clock showed that was not set, and reported', async () => {
    const { report, stream, why } = await importedRow({ created_timestamp: '2025-03-09 02:30:00' }, NEW_YORK)
    expect(stream?.createTime).toBe(seconds('2025-03-09T07:30:00Z'))
    expect(report).toMatchObject({ created: 1, altered: 1 })
    expect(why).toBe(
      'created_timestamp 2025-03-09 02:30:00 never was in America/New_York, where clocks were set forward; taken for 2025-03-09T07:30:00Z',
    )
  })

  it('is in the zone of the machine where none is named', async () => {
    const store = await newStore()
    await importInto(store, sessionDatabase({ sessions: [{}] }))
    expect((await streamsOf(store))[0]?.createTime).toBe(new Date('2025-11-20T08:00:00').getTime() / 1000)
  })
})

describe('a database that was upgraded from 0.x', () => {
  const GROUP_ID = 'a544edeb1a9b73e3e1d77dff36e41264'

  it('comes in with the chats of before, each row under the name of its table', async () => {
    const { report, streams } = await imported({
      sessions: [PRIVATE, { platform: '' }],
      legacy: [{}, { stream_id: 'x', platform: '' }],
    })
    expect(streams.map(({ streamId }) => streamId)).toEqual([GROUP_ID, PRIVATE.session_id])
    expect(report.refusals.map(({ place }) => place)).toEqual(['__legacy_v1_chat_streams row 2', 'chat_sessions row 2'])
  })

  it('has one stream of a chat that kept its id, with the times of both', async () => {
    const { report, streams } = await imported({
      sessions: [{ session_id: GROUP_ID, account_id: null, group_name: 'Renamed' }],
      legacy: [{}],
    })
    expect(report).toMatchObject({ read: 2, created: 1, updated: 1, ...NOTHING_LOST })
    expect(streams).toMatchObject([
      {
        createTime: 1_700_000_000.5,
        lastActiveTime: Date.parse('2025-11-20T01:30:00.250Z') / 1000,
        groupInfo: { groupName: 'Renamed' },
        userInfo: { userId: '1787882683' },
      },
    ])
  })

  it('is read where the upgrade got no further than to set the old table aside', async () => {
    const path = sessionDatabase({ legacy: [{}], prepare: (database) => database.exec('DROP TABLE chat_sessions') })
    expect(await importInto(await newStore(), path)).toMatchObject({ created: 1, ...NOTHING_LOST })
  })
})
