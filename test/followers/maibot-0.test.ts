import { expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { CHAT, MESSAGE, startOldBot } from './bots.ts'
import { type Bot, follow, newStore, streamOf, untilRead, untilStream } from './scene.ts'

const ID = CHAT.stream_id

const another = (bot: Bot) => (streamId: string) =>
  bot.put('chat_streams', { ...CHAT, stream_id: streamId, group_id: streamId })

it('shows what stands in the table, and then each new chat', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  await follow(store, bot.path)
  expect(await untilStream(store, ID)).toMatchObject({
    streamId: ID,
    platform: 'qq',
    userInfo: { platform: 'qq', userId: '1787882683', userNickname: 'Ann', userCardname: 'Captain' },
    groupInfo: { platform: 'qq', groupId: '941657197', groupName: 'Readers' },
    createTime: 1_700_000_000.5,
    lastActiveTime: 1_700_000_001.5,
  })
  await bot.put('chat_streams', { ...CHAT, stream_id: 'new', group_id: '2' })
  await untilStream(store, 'new')
})

it('tells of activity by messages, long before the bot saves it', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  await follow(store, bot.path)
  await untilStream(store, ID)
  await bot.put('messages', MESSAGE)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
})

it('takes a new name from messages, and keeps it when the bot saves the one that it saw first', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  await follow(store, bot.path)
  await bot.put('messages', { ...MESSAGE, chat_info_group_name: 'Writers', chat_info_user_nickname: 'Anna' })
  await untilStream(store, ID, ({ groupInfo }) => groupInfo?.groupName === 'Writers')
  await bot.put('chat_streams', { ...CHAT, last_active_time: 1_700_000_300 })
  expect(await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_300)).toMatchObject({
    groupInfo: { groupName: 'Writers' },
    userInfo: { userNickname: 'Anna' },
  })
})

it('takes nothing from what the bot said itself', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  await follow(store, bot.path)
  await bot.put('messages', { ...MESSAGE, chat_info_group_name: 'Writers' })
  const renamed = await untilStream(store, ID, ({ groupInfo }) => groupInfo?.groupName === 'Writers')
  await bot.put('messages', {
    ...MESSAGE,
    message_id: 'own',
    time: 1_700_000_200,
    user_id: '10001',
    user_nickname: 'Mai',
  })
  await untilRead(store, another(bot))
  expect(await streamOf(store, ID)).toEqual(renamed)
})

it('goes on after a restart where it stopped, whatever was written meanwhile', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  const first = await follow(store, bot.path)
  await bot.put('messages', MESSAGE)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
  await first.stop()
  await bot.put('messages', { ...MESSAGE, message_id: 'm2', chat_info_last_active_time: 1_700_000_200 })
  await bot.put('chat_streams', { ...CHAT, stream_id: 'new', group_id: '2' })
  await follow(store, bot.path)
  await untilStream(store, 'new')
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_200)
})

it('writes nothing that it has written before', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  await bot.put('messages', MESSAGE)
  const store = await newStore()
  const first = await follow(store, bot.path)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
  await first.stop()
  const revision = await store.revision()
  await follow(store, bot.path)
  await untilRead(store, another(bot))
  expect((await store.revision()) - revision).toBe(1n)
})

it('reads messages whose numbers were those of deleted ones', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  for (let i = 0; i < 5; i++) await bot.put('messages', { ...MESSAGE, message_id: `m${i}` })
  const store = await newStore()
  const first = await follow(store, bot.path)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
  await first.stop()
  await bot.run('DELETE FROM messages WHERE id > 2')
  for (let i = 0; i < 3; i++) {
    const time = 1_700_000_200 + i
    await bot.put('messages', { ...MESSAGE, message_id: `n${i}`, time, chat_info_last_active_time: time })
  }
  await follow(store, bot.path)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_202)
})

it('leaves a deleted chat deleted while its row stands, and brings it back with what happens in it', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  const first = await follow(store, bot.path)
  await untilStream(store, ID)
  await new Commands(store).delete({ streamId: ID, etag: '' })
  await bot.put('chat_streams', CHAT)
  await untilRead(store, another(bot))
  await first.stop()
  await follow(store, bot.path)
  await untilRead(store, another(bot))
  expect(await streamOf(store, ID)).toBeUndefined()
  const now = Date.now() / 1_000 + 5
  await bot.put('messages', { ...MESSAGE, time: now, chat_info_last_active_time: now })
  await untilStream(store, ID)
})

it('reports a row that does not fit, and goes on behind it', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', { ...CHAT, platform: '' })
  const store = await newStore()
  const followed = await follow(store, bot.path)
  await followed.logs('a row of a bot was refused')
  await bot.put('chat_streams', { ...CHAT, stream_id: 'new', group_id: '2' })
  await untilStream(store, 'new')
  expect(followed.lines).toContainEqual(
    expect.objectContaining({ place: 'chat_streams row 1', why: 'platform is empty', level: 'warn' }),
  )
})

it('follows a bot without messages by its table alone', async () => {
  const bot = await startOldBot()
  await bot.run('DROP TABLE messages')
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  await follow(store, bot.path)
  await bot.put('chat_streams', { ...CHAT, last_active_time: 1_700_000_300 })
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_300)
})
