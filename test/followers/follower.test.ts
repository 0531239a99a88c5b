import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isGone, newHolder } from '../../src/followers/holder.ts'
import { newFolder } from '../importers/scene.ts'
import { CHAT, MESSAGE, startOldBot } from './bots.ts'
import { follow, newStore, untilStream } from './scene.ts'

it('one process follows into a store, and another takes over when it ends', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const path = join(newFolder(), 'chatapi.db')
  const [store, other] = [await newStore(path), await newStore(path)]
  const first = await follow(store, bot.path)
  await untilStream(store, CHAT.stream_id)
  const second = await follow(other, bot.path)
  await second.logs('another process follows into this store')
  expect([first.follower.count, second.follower.count]).toEqual([1, 0])
  await first.stop()
  await second.logs('following')
  await bot.put('messages', MESSAGE)
  await untilStream(other, CHAT.stream_id, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
  expect([first.follower.count, second.follower.count]).toEqual([0, 1])
})

it('who lost the lease writes nothing more, and follows again once it is free', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const store = await newStore()
  const followed = await follow(store, bot.path)
  await untilStream(store, CHAT.stream_id)
  // As one does that found it not renewed for a while.
  const holder = await store.takeLease('thief', 3_600_000)
  expect(await store.takeLease('thief', 3_600_000, holder)).toBe('thief')
  await followed.logs('another process has taken over')
  await bot.put('chat_streams', { ...CHAT, stream_id: 'new', group_id: '2' })
  await followed.logs('another process follows into this store')
  expect((await store.get(['new'])).found).toEqual([undefined])
  await store.endLease('thief')
  await untilStream(store, 'new')
})

it('follows several bots into one store', async () => {
  const [one, two] = [await startOldBot(), await startOldBot()]
  const store = await newStore()
  await one.put('chat_streams', CHAT)
  await two.put('chat_streams', { ...CHAT, stream_id: 'second', group_id: '2' })
  const { follower } = await follow(store, [one.path, two.path])
  await untilStream(store, CHAT.stream_id)
  await untilStream(store, 'second')
  expect(follower.count).toBe(2)
  await one.put('messages', MESSAGE)
  await untilStream(store, CHAT.stream_id, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
})

describe.skipIf(process.platform !== 'linux')('a process', () => {
  it('is known to be gone once it has ended, and not before', async () => {
    expect(isGone(newHolder())).toBe(false)
    const mark = JSON.parse(newHolder())
    const child = spawn('sleep', ['60'])
    await once(child, 'spawn')
    expect(isGone(JSON.stringify({ ...mark, pid: child.pid }))).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(isGone(JSON.stringify({ ...mark, pid: child.pid }))).toBe(true)
  })

  it('of another machine, or of another kind, is not', () => {
    expect(isGone(JSON.stringify({ ...JSON.parse(newHolder()), machine: 'elsewhere', pid: 1 }))).toBe(false)
    expect(isGone('somebody')).toBe(false)
  })
})
