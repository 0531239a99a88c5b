import { expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { CHAT, PRIVATE_SESSION, SESSION, SESSION_MESSAGE, startNewBot } from './bots.ts'
import { type Bot, follow, newStore, streamOf, untilRead, untilStream } from './scene.ts'

const ID = SESSION.session_id
const PRIVATE_ID = PRIVATE_SESSION.session_id
/** 2025-11-20 10:00:01.5 in Shanghai. */
const RECEIVED = 1_763_604_001.5

const another = (bot: Bot) => (streamId: string) =>
  bot.put('chat_sessions', { ...SESSION, session_id: streamId, group_id: streamId })

async function followed(...sessions: Record<string, string | null>[]) {
  const bot = await startNewBot()
  for (const session of sessions) await bot.put('chat_sessions', session)
  const store = await newStore()
  const following = await follow(store, bot.path)
  for (const session of sessions) await untilStream(store, session.session_id!)
  return { bot, store, following }
}

it('shows what stands in the table, and then each new chat', async () => {
  const { bot, store } = await followed(SESSION)
  expect(await streamOf(store, ID)).toMatchObject({
    accountId: '10001',
    groupInfo: { groupId: '941657197', groupName: 'Readers' },
    lastActiveTime: 1_763_602_200.25,
  })
  await bot.put('chat_sessions', PRIVATE_SESSION)
  await untilStream(store, PRIVATE_ID)
})

it('tells of activity by messages: when they were received', async () => {
  const { bot, store } = await followed(SESSION)
  await bot.put('mai_messages', SESSION_MESSAGE)
  expect(await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime > 1_763_602_200.25)).toMatchObject({
    lastActiveTime: RECEIVED,
    userInfo: { userId: '1787882683', userNickname: 'Ann' },
  })
})

it('takes names from messages, without the blanks around them, in the order of arrival', async () => {
  const { bot, store } = await followed(SESSION, PRIVATE_SESSION)
  const late = { ...SESSION_MESSAGE, timestamp: '2025-11-01 00:00:00', received_at: '2025-11-01 00:00:00' }
  await bot.put('mai_messages', { ...SESSION_MESSAGE, group_name: 'Writers' })
  await bot.put('mai_messages', { ...late, message_id: 'm2', group_name: '  Poets ' })
  await untilStream(store, ID, ({ groupInfo }) => groupInfo?.groupName === 'Poets')
  await bot.put('mai_messages', { ...SESSION_MESSAGE, message_id: 'm3', group_name: ' ' })
  await bot.put('mai_messages', {
    ...SESSION_MESSAGE,
    ...{ message_id: 'm4', session_id: PRIVATE_ID, group_id: null, group_name: null },
    ...{ user_nickname: ' Anna ', user_cardname: '' },
  })
  const { userInfo } = await untilStream(store, PRIVATE_ID, (stream) => stream.userInfo?.userNickname === 'Anna')
  expect(userInfo?.userCardname).toBe('')
  expect((await streamOf(store, ID))?.groupInfo?.groupName).toBe('Poets')
})

it('takes a rename from the table, though it moves no time', async () => {
  const { bot, store } = await followed(SESSION)
  await bot.put('mai_messages', SESSION_MESSAGE)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === RECEIVED)
  await bot.run('UPDATE chat_sessions SET group_name = ? WHERE session_id = ?', 'Writers', ID)
  await untilStream(store, ID, ({ groupInfo }) => groupInfo?.groupName === 'Writers')
})

it('keeps a name of a message when the bot saves activity with the former one', async () => {
  const { bot, store } = await followed(SESSION)
  await bot.put('mai_messages', { ...SESSION_MESSAGE, group_name: 'Writers' })
  await untilStream(store, ID, ({ groupInfo }) => groupInfo?.groupName === 'Writers')
  await bot.run('UPDATE chat_sessions SET last_active_timestamp = ? WHERE session_id = ?', '2025-11-20 11:00:00', ID)
  const stream = await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime > RECEIVED)
  expect(stream.groupInfo?.groupName).toBe('Writers')
})

it('takes nothing from what the bot said itself, in groups and in private chats', async () => {
  const { bot, store } = await followed(SESSION, PRIVATE_SESSION)
  const before = [await streamOf(store, ID), await streamOf(store, PRIVATE_ID)]
  const own = { ...SESSION_MESSAGE, received_at: null, user_id: '10001', user_nickname: 'Mai', group_name: 'Mine' }
  await bot.put('mai_messages', own)
  await bot.put('mai_messages', { ...own, message_id: 'm2', session_id: PRIVATE_ID, group_id: null, group_name: null })
  await untilRead(store, another(bot))
  expect([await streamOf(store, ID), await streamOf(store, PRIVATE_ID)]).toEqual(before)
})

it('knows what the bot said itself by its accounts where it keeps no time of receipt', async () => {
  const { bot, store } = await followed(SESSION)
  await bot.run('CREATE TABLE bot_platform_accounts (platform TEXT, account_id TEXT)')
  await bot.run("INSERT INTO bot_platform_accounts VALUES ('qq', '10001')")
  await bot.run('ALTER TABLE mai_messages DROP COLUMN received_at')
  await bot.run('ALTER TABLE mai_messages DROP COLUMN account_id')
  const before = await streamOf(store, ID)
  const { received_at: _, account_id: __, ...message } = SESSION_MESSAGE
  await bot.put('mai_messages', { ...message, user_id: '10001', user_nickname: 'Mai' })
  await untilRead(store, another(bot))
  expect(await streamOf(store, ID)).toEqual(before)
})

it('takes nothing from a message that /clear put into a chat from another one', async () => {
  const { bot, store } = await followed(SESSION, PRIVATE_SESSION)
  const before = [await streamOf(store, ID), await streamOf(store, PRIVATE_ID)]
  await bot.put('mai_messages', { ...SESSION_MESSAGE, group_id: '7', group_name: 'Elsewhere' })
  await bot.put('mai_messages', { ...SESSION_MESSAGE, message_id: 'm2', session_id: PRIVATE_ID })
  await untilRead(store, another(bot))
  expect([await streamOf(store, ID), await streamOf(store, PRIVATE_ID)]).toEqual(before)
})

it('knows a chat by the id of its row, whatever account and scope its messages have', async () => {
  const { bot, store } = await followed({ ...SESSION, session_id: 'odd' })
  await bot.put('mai_messages', { ...SESSION_MESSAGE, session_id: 'odd', account_id: '2', scope: 'other' })
  await untilStream(store, 'odd', ({ lastActiveTime }) => lastActiveTime === RECEIVED)
  expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 1 }])
})

it('makes one stream of a chat that was there before the bot recorded accounts', async () => {
  const store = await newStore()
  const groupInfo = { platform: 'qq', groupId: '941657197', groupName: 'Readers' }
  await new Commands(store).record([
    { ...{ platform: 'qq', groupInfo, activeTime: 1_700_000_000 }, streamId: CHAT.stream_id },
  ])
  const bot = await startNewBot()
  await bot.put('chat_sessions', SESSION)
  await follow(store, bot.path)
  expect((await untilStream(store, ID)).aliasIds).toEqual([CHAT.stream_id])
})

it('follows a version that is not known where its tables have what is needed', async () => {
  const { bot, store, following } = await followed(SESSION)
  await bot.run('ALTER TABLE chat_sessions ADD COLUMN mood TEXT')
  await bot.run('PRAGMA user_version = 99')
  await bot.put('mai_messages', SESSION_MESSAGE)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === RECEIVED)
  await following.logs('MaiBot 1.x, SQLite (schema 99)')
})

it('says what a version lacks that cannot be followed, and follows again once it has that', async () => {
  const { bot, store, following } = await followed(SESSION)
  await bot.run('ALTER TABLE mai_messages RENAME COLUMN session_id TO chat')
  await following.logs('the table mai_messages of')
  expect(following.lines.at(-1)).toMatchObject({ level: 'error', msg: expect.stringContaining('lacks session_id') })
  await bot.run('ALTER TABLE mai_messages RENAME COLUMN chat TO session_id')
  await bot.put('mai_messages', SESSION_MESSAGE)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === RECEIVED)
})
