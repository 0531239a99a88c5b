import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ChatApiClient,
  ChatApiError,
  createClient,
  ErrorReason,
  Outcome,
  SpecialType,
} from '../../clients/typescript/src/node.ts'
import type { WireError } from '../../clients/typescript/src/wire.ts'
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { failureOf } from './support/failure.ts'
import { startFakeServer } from './support/fake-server.ts'
import { Server } from './support/server.ts'

const STREAMS = 10_000
const BATCH = 1_000

let server: Server
let client: ChatApiClient
beforeAll(async () => {
  server = await Server.start()
  client = createClient({ address: server.grpc })
  for (let from = 0; from < STREAMS; from += BATCH) {
    const activities = Array.from({ length: BATCH }, (_, i) => ({
      platform: 'qq',
      groupInfo: { groupId: String(from + i), groupName: `Group number ${from + i}` },
    }))
    await client.recordActivity({ activities })
  }
}, 60_000)
afterAll(async () => {
  client.close()
  await server.stop()
})

describe('a list', () => {
  it('is complete in one answer where it fits', async () => {
    const { streams, totalSize, nextPageToken } = await client.getAllStreams()
    expect(streams).toHaveLength(STREAMS)
    expect({ totalSize, nextPageToken }).toEqual({ totalSize: STREAMS, nextPageToken: '' })
  })

  it('is one page where a page is asked for', async () => {
    const { streams, nextPageToken } = await client.getGroupStreams({ pageSize: 3 })
    expect(streams.map(({ groupInfo }) => groupInfo?.groupId)).toEqual(['0', '1', '2'])
    expect(nextPageToken).not.toBe('')
  })

  it('is complete where one answer cannot hold it', async () => {
    await using small = await Server.start({ store: server.store, flags: ['--max-message-bytes', '512KiB'] })
    using smallClient = createClient({ address: small.grpc })
    const refusal = await failureOf(smallClient.getAllStreams({ pageSize: 0, pageToken: 'x' }))
    expect(refusal.reason).toBe(ErrorReason.PAGE_TOKEN_INVALID)
    const { streams, totalSize, nextPageToken } = await smallClient.getAllStreams()
    expect(new Set(streams.map(({ streamId }) => streamId)).size).toBe(STREAMS)
    expect({ totalSize, nextPageToken }).toEqual({ totalSize: STREAMS, nextPageToken: '' })
  })

  it('is iterated over', async () => {
    const ids = new Set<string>()
    for await (const { streamId } of client.groupStreams({ specialType: SpecialType.ALL_PLATFORMS })) ids.add(streamId)
    expect(ids.size).toBe(STREAMS)
    for await (const { streamId } of client.privateStreams()) expect.fail(streamId)
  })

  it('asks for no page that nobody reads', async () => {
    let pages = 0
    await using fake = await startFakeServer({
      getAllStreams: ({ pageToken }) => {
        pages++
        return { streams: [{ streamId: `after ${pageToken}` }], nextPageToken: `page ${pages}` }
      },
    })
    using fakeClient = createClient({ address: fake.address })
    const seen: string[] = []
    for await (const { streamId } of fakeClient.allStreams()) {
      if (seen.push(streamId) === 3) break
    }
    expect(seen).toEqual(['after ', 'after page 1', 'after page 2'])
    expect(pages).toBe(3)
  })

  it('of 10,000 streams arrives sixteen times at once on one connection', async () => {
    for (const options of [{ address: server.grpc }, { address: server.http, transport: 'connect' as const }]) {
      using wide = createClient({ ...options, timeoutMs: 30_000 })
      const lists = await Promise.all(Array.from({ length: 16 }, () => wide.getAllStreams()))
      expect(lists.map(({ streams }) => streams.length)).toEqual(Array.from({ length: 16 }, () => STREAMS))
    }
  }, 60_000)
})

describe('an error', () => {
  it('carries code, reason, fields and the method', async () => {
    const error = await failureOf(client.openStream({ platform: '', groupId: '1', userId: '2' }))
    expect(error).toMatchObject({
      name: 'ChatApiError',
      code: 'INVALID_ARGUMENT',
      reason: ErrorReason.INVALID_FIELD,
      reasonName: 'ERROR_REASON_INVALID_FIELD',
      method: 'OpenStream',
      retryAfterMs: undefined,
    })
    expect(error.fields.map(({ field }) => field).sort()).toEqual(['group_id', 'platform'])
    expect(error.message).toMatch(/^OpenStream: .*platform/)
    expect(error.cause).toMatchObject({ name: 'WireError', code: 'INVALID_ARGUMENT' })
    const { details } = error.cause as WireError
    expect(details.map(({ typeName }) => typeName)).toContain(ErrorInfoSchema.typeName)
  })

  it('carries what the server adds to the reason', async () => {
    const error = await failureOf(client.getStream({ streamId: 'nowhere' }))
    expect(error.metadata).toEqual({ stream_id: 'nowhere' })
  })

  it('tells when a retry helps', async () => {
    const error = await failureOf(client.getStreamsSummary({ atLeastRevision: '9'.repeat(18) }, { retry: false }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: ErrorReason.REVISION_NOT_REACHED, retryAfterMs: 500 })
  }, 15_000)

  it('says which iteration failed', async () => {
    const iteration = client.allStreams({ platform: '' })
    expect(await failureOf(iteration.next())).toMatchObject({ method: 'GetAllStreams', code: 'INVALID_ARGUMENT' })
  })
})

describe('a deadline', () => {
  const slow = { getStreamsSummary: () => new Promise<never>(() => {}) }

  it('is ten seconds unless told otherwise', async () => {
    await using fake = await startFakeServer({ getStreamsSummary: () => ({}) })
    using fakeClient = createClient({ address: fake.address })
    await fakeClient.getStreamsSummary()
    await fakeClient.getStreamsSummary({}, { timeoutMs: 0 })
    const [first, second] = fake.calls.map((headers) => headers.get('grpc-timeout'))
    expect(Number.parseInt(first!, 10)).toBeGreaterThan(9_900)
    expect(second).toBeNull()
  })

  it('is that of the call before that of the client', async () => {
    await using fake = await startFakeServer(slow)
    using fakeClient = createClient({ address: fake.address, timeoutMs: 60_000 })
    const error = await failureOf(fakeClient.getStreamsSummary({}, { timeoutMs: 50 }))
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: ErrorReason.DEADLINE_EXCEEDED })
  })

  it('gives way to a signal', async () => {
    await using fake = await startFakeServer(slow)
    using fakeClient = createClient({ address: fake.address })
    const reason = new Error('the user left')
    const stop = new AbortController()
    const failure = failureOf(fakeClient.getStreamsSummary({}, { signal: stop.signal }))
    stop.abort(reason)
    expect(await failure).toMatchObject({ code: 'CANCELLED', reason: ErrorReason.CANCELLED, cause: reason })
    const late = failureOf(fakeClient.getStreamsSummary({}, { signal: stop.signal }))
    expect(await late).toMatchObject({ code: 'CANCELLED', cause: reason })
  })
})

describe('a retry', () => {
  function failing(times: number, retryDelayMs?: number) {
    let calls = 0
    return () => {
      if (++calls > times) return {}
      const info = { reason: 'ERROR_REASON_STORE_UNAVAILABLE', domain: 'chatapi.v1' }
      const error = new ConnectError('the database does not answer', Code.Unavailable, undefined, [
        { desc: ErrorInfoSchema, value: info },
      ])
      if (retryDelayMs) {
        error.details.push({ desc: RetryInfoSchema, value: { retryDelay: { nanos: retryDelayMs * 1e6 } } })
      }
      throw error
    }
  }

  it('is made for calls without side effects', async () => {
    await using fake = await startFakeServer({ getStreamsSummary: failing(4) })
    await createClient({ address: fake.address }).getStreamsSummary()
    expect(fake.calls).toHaveLength(5)
  })

  it('is given up after the fifth attempt', async () => {
    await using fake = await startFakeServer({ getStreamsSummary: failing(5) })
    const error = await failureOf(createClient({ address: fake.address }).getStreamsSummary())
    expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: ErrorReason.STORE_UNAVAILABLE })
    expect(fake.calls).toHaveLength(5)
  })

  it('is not made for calls that write', async () => {
    await using fake = await startFakeServer({ openStream: failing(1), recordActivity: failing(1) })
    using fakeClient = createClient({ address: fake.address })
    await failureOf(fakeClient.openStream({}))
    await failureOf(fakeClient.recordActivity({}))
    expect(fake.calls).toHaveLength(2)
  })

  it('is not made where it is switched off, or would miss the deadline', async () => {
    await using fake = await startFakeServer({ getStreamsSummary: failing(9, 900) })
    using fakeClient = createClient({ address: fake.address, retry: false })
    await failureOf(fakeClient.getStreamsSummary())
    expect(fake.calls).toHaveLength(1)
    const error = await failureOf(fakeClient.getStreamsSummary({}, { retry: true, timeoutMs: 500 }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 900 })
    expect(fake.calls).toHaveLength(2)
  })

  it('has the time that the attempts before it left', async () => {
    const PAUSE_MS = 300
    await using fake = await startFakeServer({ getStreamsSummary: failing(1, PAUSE_MS) })
    using fakeClient = createClient({ address: fake.address })
    await fakeClient.getStreamsSummary({}, { timeoutMs: 20_000 })
    const [first, second] = fake.calls.map((headers) => Number.parseInt(headers.get('grpc-timeout')!, 10))
    expect(first! - second!).toBeGreaterThanOrEqual(PAUSE_MS - 1)
  })

  it('waits as long as the server says, and not past a signal', async () => {
    await using fake = await startFakeServer({ getStreamsSummary: failing(9, 900) })
    using fakeClient = createClient({ address: fake.address })
    const error = await failureOf(fakeClient.getStreamsSummary({}, { signal: AbortSignal.timeout(100) }))
    expect(error.code).toBe('CANCELLED')
    expect(fake.calls).toHaveLength(1)
  })
})

it('tells outcomes by the names of the contract', async () => {
  const { results } = await client.recordActivity({ activities: [{ platform: 'qq', groupInfo: { groupId: '0' } }] })
  expect(results[0]!.outcome).toBe(Outcome.UPDATED)
})

it('lets a process end that has a connection open', async () => {
  const entry = new URL('../../clients/typescript/src/node.ts', import.meta.url).href
  const script = `import { createClient } from '${entry}'; await createClient().getStreamsSummary()`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, CHATAPI_ADDRESS: server.grpc },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}, 10_000)

it('fails only with its own kind of error', async () => {
  using closing = createClient({ address: server.grpc })
  const summary = await closing.getStreamsSummary()
  const pending = failureOf(closing.getAllStreams({}, { retry: false }))
  closing.close()
  expect(await pending).toBeInstanceOf(ChatApiError)
  expect(await closing.getStreamsSummary()).toEqual(summary)
})
