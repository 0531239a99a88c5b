import { Code, ConnectError } from '@connectrpc/connect'
import { expect, it, onTestFinished } from 'vitest'
import { ChatApiError, createClient, Recorder, type RecorderOptions } from '../../clients/typescript/src/node.ts'
import type { RecordActivityRequest } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { startService } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { startFakeServer } from './support/fake-server.ts'

const NEVER_MS = 3_600_000

async function served(options: RecorderOptions = {}) {
  const service = await startService()
  await untilServing(service.grpcUrl)
  const client = createClient({ address: service.grpcUrl })
  onTestFinished(() => client.close())
  return { client, recorder: new Recorder(client, options) }
}

/** A server that answers batches as the test says. */
async function answering(answer: (batch: RecordActivityRequest) => void, options: RecorderOptions = {}) {
  const batches: RecordActivityRequest[] = []
  const server = await startFakeServer({
    recordActivity(batch: RecordActivityRequest) {
      batches.push(batch)
      answer(batch)
      return {}
    },
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const client = createClient({ address: server.address })
  onTestFinished(() => client.close())
  return { batches, recorder: new Recorder(client, options) }
}

it('what was seen comes to the server by itself', async () => {
  const { client, recorder } = await served({ intervalMs: 1 })
  const at = new Date('2025-11-20T08:00:00.250Z')
  recorder.saw({ platform: 'qq', groupId: 11, groupName: 'Readers', userId: 7n, userNickname: 'Ann', at })
  recorder.saw({ platform: 'qq', userId: '8', account: 10001 })
  await expect.poll(() => recorder.recorded).toBe(2)
  expect((await client.getStreamByGroupId({ groupId: '11' })).stream).toMatchObject({
    groupInfo: { groupName: 'Readers' },
    userInfo: { userId: '7', userNickname: 'Ann' },
    lastActiveTime: { seconds: 1_763_625_600n, nanos: 250_000_000 },
  })
  expect((await client.getStreamByUserId({ userId: '8' })).stream?.accountId).toBe('10001')
})

it('a chat is one entry, with what was seen last and at the latest time', async () => {
  const { batches, recorder } = await answering(() => {}, { intervalMs: NEVER_MS })
  recorder.saw({ platform: 'qq', groupId: '1', groupName: 'Old', userId: '1', at: 5_000 })
  recorder.saw({ platform: 'qq', groupId: '1', groupName: 'New', userId: '2', at: 4_000 })
  recorder.saw({ platform: 'qq', groupId: '1', userId: '2', userNickname: 'Bob', at: 3_000 })
  expect(recorder.pending).toBe(1)
  await recorder.close()
  expect(batches.flatMap(({ activities }) => activities)).toMatchObject([
    { groupInfo: { groupName: 'New' }, userInfo: { userId: '2', userNickname: 'Bob' }, activeTime: { seconds: 5n } },
  ])
})

it('a thousand chats are sent at once, and no more together', async () => {
  const { client, recorder } = await served({ intervalMs: NEVER_MS })
  for (let i = 0; i < 2_500; i++) recorder.saw({ platform: 'many', groupId: i })
  await expect.poll(() => recorder.recorded).toBeGreaterThanOrEqual(1_000)
  await recorder.close()
  expect((await client.getGroupStreams({ platform: 'many' })).streams).toHaveLength(2_500)
})

it('what is refused is dropped, told, and keeps nothing else from coming in', async () => {
  const errors: unknown[] = []
  const { recorder } = await served({ intervalMs: NEVER_MS, onError: (error) => errors.push(error) })
  for (let i = 0; i < 20; i++) recorder.saw({ platform: 'qq', groupId: `good ${i}` })
  recorder.saw({ platform: 'qq', groupId: 'bad'.repeat(1_000) })
  await recorder.close()
  expect([recorder.recorded, recorder.dropped]).toEqual([20, 1])
  expect(errors).toMatchObject([{ code: 'INVALID_ARGUMENT' }])
  expect(errors[0]).toBeInstanceOf(ChatApiError)
})

it('what cannot be sent waits, up to a limit, and is sent once the server is back', async () => {
  let isAway = true
  const { batches, recorder } = await answering(
    () => {
      if (isAway) throw new ConnectError('away', Code.Unavailable)
    },
    { intervalMs: NEVER_MS, maxPending: 5 },
  )
  for (let i = 0; i < 8; i++) recorder.saw({ platform: 'qq', groupId: i, groupName: 'Old' })
  expect([recorder.pending, recorder.dropped]).toEqual([5, 3])
  expect(await recorder.flush()).toBe(false)
  expect(recorder.pending).toBe(5)
  recorder.saw({ platform: 'qq', groupId: 0, groupName: 'New' })
  isAway = false
  await recorder.close()
  expect(batches.at(-1)?.activities.map(({ groupInfo }) => groupInfo?.groupName)).toContain('New')
  expect([recorder.pending, recorder.recorded, recorder.dropped]).toEqual([0, 5, 3])
})

it('nonsense throws nothing and is counted, and nothing is taken once it is closed', async () => {
  const { recorder } = await answering(() => {}, {
    onError() {
      throw new Error('a broken log')
    },
  })
  recorder.saw({ platform: 'qq' })
  recorder.saw({ platform: '', groupId: '1' })
  recorder.saw({ platform: 'qq', groupId: '1', at: new Date('noon') })
  recorder.saw(undefined as never)
  expect([recorder.pending, recorder.dropped]).toEqual([0, 4])
  await recorder.close()
  recorder.saw({ platform: 'qq', groupId: '1' })
  expect(recorder.dropped).toBe(5)
})
