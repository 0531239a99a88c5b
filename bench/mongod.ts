import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { findMongod } from '../test/support/mongod-binary.ts'
import { SERVER_CORE, takeAlong } from './machine.ts'
import { groupStream } from './streams.ts'

/** Starts a mongod with so many streams in the shape and under the indexes of the bot. */
export async function startMongod(folder: string, count: number): Promise<AsyncDisposable & { url: string }> {
  const { path, missing } = await findMongod()
  if (path === undefined) throw new Error(missing)
  const port = await freePort()
  const data = await mkdtemp(join(folder, 'mongod-'))
  const args = ['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet']
  // It is a part of the server that asks it, and shares its core.
  const child = spawn('taskset', ['-c', SERVER_CORE, path, ...args], { stdio: 'ignore' })
  takeAlong(child)
  const url = `mongodb://127.0.0.1:${port}/MegBot`
  await using client = await new MongoClient(url, { serverSelectionTimeoutMS: 30_000 }).connect()
  const collection = client.db().collection('chat_streams')
  await collection.createIndex({ stream_id: 1 }, { unique: true })
  await collection.createIndex({ platform: 1, 'group_info.group_id': 1 })
  await collection.insertMany(
    Array.from({ length: count }, (_, index) => {
      const { streamId, platform, userInfo, groupInfo, createTime, lastActiveTime } = groupStream(index)
      return {
        stream_id: streamId,
        platform,
        user_info: { platform, user_id: userInfo?.userId, user_nickname: userInfo?.userNickname },
        group_info: { platform, group_id: groupInfo?.groupId, group_name: groupInfo?.groupName },
        create_time: createTime,
        last_active_time: lastActiveTime,
      }
    }),
  )
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'exit')
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port is free')
  return address.port
}
