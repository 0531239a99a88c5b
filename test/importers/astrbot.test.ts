import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { openSource } from '../../src/importers/detect.ts'
import { importInto, newFolder, newStore, streamsOf } from './scene.ts'

const TIMES = { created_at: '2025-11-20 08:00:00.000000', updated_at: '2025-11-20 09:30:00.250000' }
const ALIAS = { ...TIMES, umo: 'home:GroupMessage:941657197', auto_name: 'Readers', user_alias: null }
const CONVERSATION = { ...TIMES, user_id: ALIAS.umo }

type Row = Readonly<Record<string, string | null>>

interface Contents {
  readonly aliases?: readonly Row[]
  readonly conversations?: readonly Row[]
  /** Types of adapters by the names of their instances. */
  readonly types?: Readonly<Record<string, string>>
}

/** A `data_v4.db` as AstrBot makes it, as far as it says something of chats. */
function astrbot({ aliases = [], conversations = [], types = { home: 'aiocqhttp' } }: Contents): string {
  const path = join(newFolder(), 'data_v4.db')
  const database = new DatabaseSync(path)
  database.exec(`
    CREATE TABLE platform_stats (id INTEGER NOT NULL PRIMARY KEY, timestamp DATETIME NOT NULL, platform_id VARCHAR NOT NULL,
      platform_type VARCHAR NOT NULL, count INTEGER NOT NULL);
    CREATE TABLE umo_aliases (created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, id INTEGER NOT NULL PRIMARY KEY,
      umo VARCHAR(512) NOT NULL UNIQUE, creator_sender_id VARCHAR(255) NOT NULL, auto_name VARCHAR(255),
      user_alias VARCHAR(255));
    CREATE TABLE conversations (created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL,
      inner_conversation_id INTEGER NOT NULL PRIMARY KEY, conversation_id VARCHAR(36) NOT NULL UNIQUE,
      platform_id VARCHAR NOT NULL, user_id VARCHAR NOT NULL, content JSON, title VARCHAR(255), persona_id VARCHAR,
      token_usage INTEGER NOT NULL);
    CREATE TABLE preferences (id INTEGER PRIMARY KEY)`)
  const insert = (table: string, row: Row) => {
    const marks = Object.keys(row).map(() => '?')
    database
      .prepare(`INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${marks.join(', ')})`)
      .run(...Object.values(row))
  }
  for (const row of aliases) insert('umo_aliases', { creator_sender_id: '7', ...ALIAS, ...row })
  for (const [i, row] of conversations.entries()) {
    const [platformId = ''] = (row.user_id ?? CONVERSATION.user_id).split(':')
    const rest = { conversation_id: `c${i}`, platform_id: platformId, content: '[]', title: 'Hello', token_usage: '5' }
    insert('conversations', { ...CONVERSATION, ...row, ...rest })
  }
  for (const [id, type] of Object.entries(types)) {
    insert('platform_stats', { timestamp: TIMES.created_at, platform_id: id, platform_type: type, count: '1' })
  }
  database.close()
  return path
}

async function imported(contents: Contents) {
  const store = await newStore()
  const report = await importInto(store, astrbot(contents))
  return { report, streams: await streamsOf(store) }
}

describe('the database of an AstrBot', () => {
  it('is known for what it is', async () => {
    const source = await openSource(astrbot({ aliases: [{}], conversations: [{}, {}] }))
    expect([source.kind, source.approximateCount]).toEqual(['AstrBot 4, SQLite', 3])
    await source.close()
  })

  it('gives one stream for each chat, with its names and times', async () => {
    const { report, streams } = await imported({
      aliases: [{}, { umo: 'home:FriendMessage:1787882683', auto_name: 'Ann', user_alias: 'My Ann' }],
      conversations: [{ updated_at: '2025-11-21 00:00:00' }, { created_at: '2025-11-19 00:00:00' }],
    })
    expect(report).toMatchObject({ read: 4, refused: 0, altered: 0 })
    expect(streams).toMatchObject([
      {
        streamId: 'a544edeb1a9b73e3e1d77dff36e41264',
        platform: 'qq',
        groupInfo: { platform: 'qq', groupId: '941657197', groupName: 'Readers' },
        createTime: Date.parse('2025-11-19T00:00:00Z') / 1_000,
        lastActiveTime: Date.parse('2025-11-21T00:00:00Z') / 1_000,
      },
      { userInfo: { userId: '1787882683', userNickname: 'Ann' }, customName: 'My Ann' },
    ])
  })

  it('changes nothing the second time', async () => {
    const path = astrbot({ aliases: [{ user_alias: 'Ours' }], conversations: [{}] })
    const store = await newStore()
    await importInto(store, path)
    expect(await importInto(store, path)).toMatchObject({ unchanged: 2, created: 0, updated: 0 })
  })

  it('finds a chat that is here under an account of the bot, and leaves the name that people gave it', async () => {
    const store = await newStore()
    const commands = new Commands(store)
    const groupInfo = { platform: 'qq', groupId: '941657197' }
    const { stream } = await commands.open({ platform: 'qq', accountId: '10001', groupInfo })
    await commands.edit({ streamId: stream.streamId, etag: '' }, { customName: 'Ours' })
    await importInto(store, astrbot({ aliases: [{ user_alias: 'Theirs' }] }))
    expect(await streamsOf(store)).toMatchObject([{ streamId: stream.streamId, customName: 'Ours' }])
  })

  it.each([
    ['home:GroupMessage:1787882683_941657197', 'aiocqhttp', '941657197'],
    ['home:GroupMessage:ou_1%oc_2', 'lark', 'oc_2'],
    ['home:GroupMessage:U1_C2', 'slack', 'C2'],
  ])('takes %s of %s for the group %s, and says so', async (umo, type, groupId) => {
    const { report, streams } = await imported({ aliases: [{ umo }], types: { home: type } })
    expect(streams).toMatchObject([{ groupInfo: { groupId } }])
    expect(report.alterations).toMatchObject([{ place: 'umo_aliases row 1', why: expect.stringContaining(groupId) }])
  })

  it('keeps ids with colons, marks and underlines as they are', async () => {
    const { report, streams } = await imported({
      aliases: [{ umo: 'm:GroupMessage:!room:server' }, { umo: 't:GroupMessage:-100_1' }],
      types: { m: 'matrix', t: 'telegram' },
    })
    expect(streams).toMatchObject([
      { platform: 'matrix', groupInfo: { groupId: '!room:server' } },
      { platform: 'telegram', groupInfo: { groupId: '-100_1' } },
    ])
    expect(report.altered).toBe(0)
  })

  it('takes the name of an instance of which nothing more is known for the platform, and says so', async () => {
    const { report, streams } = await imported({ aliases: [{}], types: {} })
    expect(streams).toMatchObject([{ platform: 'home' }])
    expect(report.alterations[0]?.why).toContain('"home", which is taken for the platform')
  })

  it('refuses what is no chat, with its place', async () => {
    const { report } = await imported({
      aliases: [{ umo: 'home:OtherMessage:7' }, { umo: 'nonsense' }],
      conversations: [{ user_id: 'home:FriendMessage:1', updated_at: 'yesterday' }],
    })
    expect(report.refusals.map(({ place, why }) => [place, why])).toEqual([
      ['conversations row 1', 'updated_at is no time such as 2025-01-31 12:00:00'],
      [
        'umo_aliases row 1',
        expect.stringContaining('is "home:OtherMessage:7"; expected INSTANCE:GroupMessage:SESSION'),
      ],
      ['umo_aliases row 2', expect.stringContaining('is "nonsense"')],
    ])
  })
})
