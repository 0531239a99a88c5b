import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { encode } from '../src/store/mongo/documents.ts'
import { findMongod } from '../test/support/mongod-binary.ts'
import { LOAD_CORE, SERVER_CORE, takeAlong } from './machine.ts'
import { groupStream } from './streams.ts'

const BATCH = 5_000
const ELECTION_POLL_MS = 100

interface Mongod extends AsyncDisposable {
  readonly url: string
}

/** Starts a replica set of one with so many streams as a server writes them, on the core of the load. */
export async function startReplicaSet(folder: string, count: number): Promise<Mongod> {
  const started = await startOn(LOAD_CORE, folder, ['--replSet', 'rs'])
  const { port } = started
  const options = { serverSelectionTimeoutMS: 30_000, directConnection: true }
  await using client = await new MongoClient(`mongodb://127.0.0.1:${port}`, options).connect()
  const admin = client.db('admin')
  await admin.command({ replSetInitiate: { _id: 'rs', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } })
  while (!(await admin.command({ hello: 1 })).isWritablePrimary) await sleep(ELECTION_POLL_MS)
  const collection = client.db('MegBot').collection('chat_streams')
  for (let start = 0; start < count; start += BATCH) {
    const indexes = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) => start + offset)
    await collection.insertMany(indexes.map((index) => encode(groupStream(index), index)))
  }
  return { ...started, url: `mongodb://127.0.0.1:${port}/MegBot?replicaSet=rs` }
}

/** Starts a mongod with so many streams in the shape and under the indexes of the bot. */
export async function startMongod(folder: string, count: number): Promise<Mongod> {
  // It is a part of the server that asks it, and shares its core.
  const started = await startOn(SERVER_CORE, folder, [])
  const { port } = started
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
  return { ...started, url }
}

async function startOn(
  core: string,
  folder: string,
  more: readonly string[],
): Promise<AsyncDisposable & { port: number }> {
  const { path, missing } = await findMongod()
  if (path === undefined) throw new Error(missing)
  const port = await freePort()
  const data = await mkdtemp(join(folder, 'mongod-'))
  const args = ['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet', ...more]
  const child = spawn('taskset', ['-c', core, path, ...args], { stdio: 'ignore' })
  takeAlong(child)
  return {
    port,
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
