import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { run, start } from './command.ts'

describe.skipIf(mongodMissing())('asking a MongoDB that the command opens itself', () => {
  let servers: MongoServers

  beforeAll(async () => {
    servers = await startReplicaSet()
  }, 60_000)
  afterAll(() => servers?.stop())

  it('reads, changes, watches and examines the chats of a bot', async () => {
    const bot = servers.admin.db('bot').collection('chat_streams')
    const group_info = { platform: 'qq', group_id: '1', group_name: '猫咖' }
    await bot.insertOne({ stream_id: 'a', platform: 'qq', create_time: 1, last_active_time: 1, group_info })
    const ask = (...args: string[]) => run([...args, '--store', servers.url('bot')])
    expect(await ask('doctor', '--json')).toMatchObject({ code: 5, stdout: expect.stringContaining('chatapi_group') })
    expect(JSON.parse((await ask('query', '--name', '猫', '--json')).stdout)).toMatchObject({ totalSize: 1 })
    expect(await bot.indexes()).toHaveLength(1)
    const watching = start(['watch', '--store', servers.url('bot')])
    await watching.says('WATCHING')
    expect(await ask('label', '猫咖', 'team=red')).toMatchObject({ code: 0, stderr: '' })
    await watching.says('+label team=red')
    expect(await ask('open', '--platform', 'qq', '--group', '1', '--account', '10001')).toMatchObject({ code: 0 })
    const { code, stdout } = await ask('doctor', '--json')
    const { checks } = JSON.parse(stdout)
    const statusOf = (name: string) => checks.find(({ check }: { check: string }) => check === name).status
    expect({ code, duplicates: statusOf('duplicates'), database: statusOf('database') }).toEqual({
      code: 5,
      duplicates: 'found',
      database: 'ok',
    })
  })
})
