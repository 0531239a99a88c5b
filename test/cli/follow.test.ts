import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CHAT, MESSAGE, startOldBot } from '../followers/bots.ts'
import { newStore, untilStream } from '../followers/scene.ts'
import { newFolder } from '../importers/scene.ts'
import { start } from './command.ts'

const QUIET = ['--grpc-listen', '127.0.0.1:0', '--http-listen', 'off', '--log-format', 'json']

it.each([1, 2])(
  'serve --follow brings in what a bot writes, with %i workers, also once it was killed',
  async (workers) => {
    const bot = await startOldBot()
    await bot.put('chat_streams', CHAT)
    const path = join(newFolder(), 'chatapi.db')
    const args = ['serve', '--follow', bot.path, '--store', `sqlite:${path}`, '--workers', `${workers}`, ...QUIET]
    const server = start(args)
    await server.says('"msg":"serving"')
    const store = await newStore(path)
    await untilStream(store, CHAT.stream_id)
    server.child.kill('SIGKILL')
    await server.ended
    await bot.put('messages', MESSAGE)
    start(args)
    await untilStream(store, CHAT.stream_id, ({ lastActiveTime }) => lastActiveTime === 1_700_000_100.25)
  },
)

it('follow does so beside a server, and gives way when it is told to', async () => {
  const bot = await startOldBot()
  await bot.put('chat_streams', CHAT)
  const path = join(newFolder(), 'chatapi.db')
  const store = await newStore(path)
  const following = start(['follow', bot.path, '--store', `sqlite:${path}`])
  await following.says(`following ${bot.path}`)
  await untilStream(store, CHAT.stream_id)
  following.child.kill('SIGTERM')
  expect((await following.ended).code).toBe(0)
  expect(await store.takeLease('next', 1_000)).toBe('next')
})

it('both refuse what cannot be followed, and say why', async () => {
  const folder = newFolder()
  const store = join(folder, 'chatapi.db')
  await newStore(store)
  const serve = await start(['serve', '--follow', store, '--store', `sqlite:${store}`, ...QUIET]).ended
  expect(serve).toMatchObject({ code: 1, stdout: '' })
  expect(serve.stderr).toContain(`${store} is the store itself; name the database of a bot`)
  const follow = await start(['follow', folder, '--store', `sqlite:${store}`]).ended
  expect(follow).toMatchObject({ code: 1, stdout: '' })
  expect((await start(['follow']).ended).code).toBe(2)
})
