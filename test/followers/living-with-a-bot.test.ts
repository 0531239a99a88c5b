import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { root } from '../cli/command.ts'
import { newFolder } from '../importers/scene.ts'
import { CHAT, MESSAGE, SESSION, SESSION_MESSAGE, startNewBot, startOldBot } from './bots.ts'
import { follow, newStore, startBot, untilStream } from './scene.ts'

const ID = CHAT.stream_id

it('keeps no checkpoint of the bot waiting', async () => {
  const bot = await startNewBot()
  await bot.put('chat_sessions', SESSION)
  const store = await newStore()
  await follow(store, bot.path)
  for (let i = 0; i < 50; i++) {
    const streamId = `chat ${i}`
    await bot.put('chat_sessions', { ...SESSION, session_id: streamId, group_id: streamId })
    await bot.put('mai_messages', {
      ...SESSION_MESSAGE,
      message_id: streamId,
      session_id: streamId,
      group_id: streamId,
    })
    const [checkpoint] = await bot.run('PRAGMA wal_checkpoint(TRUNCATE)')
    expect(checkpoint).toMatchObject({ busy: 0 })
    expect(statSync(`${bot.path}-wal`).size).toBe(0)
    if (i % 10 === 0) await untilStream(store, streamId)
  }
  await untilStream(store, 'chat 49')
})

it('leaves the -wal of a bot that ended as it is', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  const followed = await follow(store, bot.path)
  await untilStream(store, ID)
  await bot.kill()
  const before = statSync(`${bot.path}-wal`)
  await followed.stop()
  const after = statSync(`${bot.path}-wal`)
  expect([after.ino, after.size, after.mtimeMs]).toEqual([before.ino, before.size, before.mtimeMs])
})

it('goes on when the bot ends, and when it starts again', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  await follow(store, bot.path)
  await untilStream(store, ID)
  await bot.stop()
  const again = await startOldBot(bot.path)
  await again.put('messages', MESSAGE)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
  await again.kill()
  const third = await startOldBot(bot.path)
  await third.put('messages', { ...MESSAGE, message_id: 'm2', chat_info_last_active_time: 1_700_000_200 })
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_200)
})

it('waits for a bot that was never started', async () => {
  const path = join(newFolder(), 'MaiBot.db')
  const store = await newStore()
  const followed = await follow(store, path)
  await followed.logs(`waiting for a bot: there is no file ${path}`)
  const bot = await startOldBot(path)
  await bot.put('chat_streams', CHAT)
  await untilStream(store, ID)
})

it.each([
  ['moved into its place', renameSync],
  [
    'copied over it',
    (from: string, to: string) => {
      rmSync(`${to}-wal`)
      rmSync(`${to}-shm`)
      copyFileSync(from, to)
    },
  ],
])('goes on in a backup that was %s, though its numbers are smaller', async (_how, restore) => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const backup = `${bot.path}.backup`
  await bot.run('VACUUM INTO ?', backup)
  for (let i = 0; i < 5; i++) {
    await bot.put('messages', { ...MESSAGE, message_id: `m${i}` })
    await bot.put('chat_streams', { ...CHAT, stream_id: `later ${i}`, group_id: `later ${i}` })
  }
  const store = await newStore()
  await follow(store, bot.path)
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
  await untilStream(store, 'later 4')
  await bot.stop()
  restore(backup, bot.path)
  const again = await startOldBot(bot.path)
  await again.put('chat_streams', { ...CHAT, stream_id: 'new', group_id: '2' })
  await untilStream(store, 'new')
  await again.put('messages', { ...MESSAGE, message_id: 'n', chat_info_last_active_time: 1_700_000_300 })
  await untilStream(store, ID, ({ lastActiveTime }) => lastActiveTime === 1_700_000_300)
})

it('goes on when the bot was upgraded from 0.12 to 1.x meanwhile', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  const followed = await follow(store, bot.path)
  await untilStream(store, ID)
  await bot.stop()
  const upgraded = await startNewBot(bot.path)
  await upgraded.run('ALTER TABLE chat_streams RENAME TO __legacy_v1_chat_streams')
  await upgraded.put('chat_sessions', SESSION)
  await upgraded.put('mai_messages', SESSION_MESSAGE)
  expect((await untilStream(store, SESSION.session_id)).aliasIds).toEqual([ID])
  await followed.logs('MaiBot 1.x, SQLite (schema 45)')
})

it('refuses a database that is none of a bot, a store, and the store itself', async () => {
  const store = await newStore(join(newFolder(), 'chatapi.db'))
  const other = await startBot()
  await other.run('CREATE TABLE notes (a)')
  await expect(follow(store, other.path)).rejects.toThrow('it is no database of a MaiBot')
  const path = join(newFolder(), 'own.db')
  await newStore(path)
  await expect(follow(store, path)).rejects.toThrow('is a store of chatapi')
})

/** Root may write anywhere, but for the capability to. */
const WITHOUT_RIGHTS =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override', '--inh-caps=-dac_override'] : []

it.each(['was stopped', 'was killed', 'runs'])(
  'reads in a folder where it may write nothing the chats of a bot that %s',
  async (how) => {
    const folder = newFolder()
    const bot = await startOldBot(join(folder, 'MaiBot.db'))
    await bot.put('chat_streams', CHAT)
    if (how === 'was stopped') await bot.stop()
    if (how === 'was killed') {
      await bot.kill()
      rmSync(`${bot.path}-shm`)
    }
    chmodSync(folder, 0o555)
    onTestFinished(() => chmodSync(folder, 0o755))
    const storePath = join(newFolder(), 'chatapi.db')
    const store = await newStore(storePath)
    const command = [
      ...WITHOUT_RIGHTS,
      process.execPath,
      join(root, 'bin/chatapi.js'),
      ...['follow', bot.path, '--store', `sqlite:${storePath}`],
    ]
    const child = spawn(command[0]!, command.slice(1), { stdio: 'inherit' })
    onTestFinished(() => void child.kill('SIGKILL'))
    await untilStream(store, ID)
    if (how === 'runs') await bot.put('chat_streams', { ...CHAT, stream_id: 'new', group_id: '2' })
    if (how === 'was stopped') {
      chmodSync(folder, 0o755)
      const again = await startOldBot(bot.path)
      await again.put('chat_streams', { ...CHAT, stream_id: 'new', group_id: '2' })
    }
    if (how !== 'was killed') await untilStream(store, 'new')
  },
)
