import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { SpecialType, StreamType } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Stream } from '../../src/domain/stream.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { type Store, StoreUnavailableError } from '../../src/store/store.ts'
import { openTestStore } from '../support/directory.ts'
import { failureOf } from '../support/errors.ts'
import { type ChatApiClient, clientOf, type Service, serveDirectly, startService, wires } from '../support/service.ts'

const everywhere = { specialType: SpecialType.ALL_PLATFORMS }
const grpc = wires['gRPC on the gRPC port']!
const at = (seconds: number) => ({ activeTime: { seconds: BigInt(seconds), nanos: 0 } })

describe('the original module, whose defects are absent', () => {
  let service: Service
  let api: ChatApiClient

  beforeEach(async () => {
    service = await startService()
    api = clientOf(grpc(service))
  })

  async function store(...streams: Stream[]): Promise<void> {
    const beside = await openSqliteStore(service.storeUrl.replace('sqlite:', ''))
    onTestFinished(() => beside.close())
    const revision = await beside.commit(streams.map((stream) => ({ kind: 'put', stream, expect: null })))
    await api.getStreamsSummary({ atLeastRevision: String(revision) })
  }

  const bare = { platform: 'qq', accountId: '', scope: '', createTime: 1, lastActiveTime: 1, labels: {}, aliasIds: [] }

  it('never matched ALL_PLATFORMS in the two lookups', async () => {
    await api.recordActivity({
      activities: [
        { platform: 'telegram', groupInfo: { groupId: '1' } },
        { platform: 'discord', userInfo: { userId: '2' } },
      ],
    })
    expect((await api.getStreamByGroupId({ groupId: '1', ...everywhere })).stream?.platform).toBe('telegram')
    expect((await api.getStreamByUserId({ userId: '2', ...everywhere })).stream?.platform).toBe('discord')
  })

  it('found no user at all once a single stream had none', async () => {
    await store(
      { ...bare, streamId: 'neither' },
      { ...bare, streamId: 'user', userInfo: { platform: 'qq', userId: '7' } },
    )
    expect((await api.getStreamByUserId({ userId: '7' })).stream?.streamId).toBe('user')
    expect((await api.getStreamType({ target: { case: 'streamId', value: 'neither' } })).type).toBe(StreamType.UNKNOWN)
  })

  it('froze the names of groups and users at first sight', async () => {
    const seen = (name: string, seconds: number) => ({
      platform: 'qq',
      groupInfo: { groupId: '1', groupName: name },
      userInfo: { userId: '7', userNickname: name },
      ...at(seconds),
    })
    await api.recordActivity({ activities: [seen('old', 1)] })
    await api.recordActivity({ activities: [seen('new', 2)] })
    expect((await api.getStreamByGroupId({ groupId: '1' })).stream).toMatchObject({
      groupInfo: { groupName: 'new' },
      userInfo: { userNickname: 'new' },
    })
  })

  it('had no lookup by stream id', async () => {
    const { results } = await api.recordActivity({ activities: [{ platform: 'qq', groupInfo: { groupId: '1' } }] })
    const { streamId } = results[0]!
    expect((await api.getStream({ streamId })).stream?.groupInfo?.groupId).toBe('1')
  })

  it('gave a group without a name no name to show', async () => {
    await api.recordActivity({ activities: [{ platform: 'qq', groupInfo: { groupId: '1' } }] })
    const { stream } = await api.getStreamByGroupId({ groupId: '1' })
    expect(stream?.groupInfo?.groupName).toBeUndefined()
    expect(stream?.displayName).toBe('qq:group:1')
  })

  it('took the first match silently where the bot has several accounts', async () => {
    await api.recordActivity({
      activities: [
        { platform: 'qq', accountId: 'a', scope: '', groupInfo: { groupId: '1' }, ...at(9) },
        { platform: 'qq', accountId: 'b', scope: '', groupInfo: { groupId: '1' }, ...at(5) },
      ],
    })
    const { stream, otherStreamIds } = await api.getStreamByGroupId({ groupId: '1' })
    expect(stream?.accountId).toBe('a')
    expect(otherStreamIds).toHaveLength(1)
  })

  it('split a chat in two when it was opened without the account', async () => {
    await api.recordActivity({
      activities: [{ platform: 'qq', accountId: 'a', scope: '', groupInfo: { groupId: '1' } }],
    })
    expect(await api.openStream({ platform: 'qq', groupId: '1' })).toMatchObject({ created: false })
  })

  it('opened a group for a private chat with a group id', async () => {
    const contradiction = { platform: 'qq', groupId: '1', type: StreamType.PRIVATE }
    expect(await failureOf(api.openStream(contradiction))).toMatchObject({ code: 'InvalidArgument', fields: ['type'] })
  })
})

/** Serves a store whose ways are those of a test. */
async function serve(change: (store: Store) => Partial<Store>): Promise<ChatApiClient> {
  const store = await openTestStore()
  return serveDirectly(Object.assign(Object.create(store) as Store, change(store)))
}

describe('a store that fails', () => {
  it('is an error with a retry, where the original answered as if there were nothing', async () => {
    const fail = async (): Promise<never> => {
      throw new StoreUnavailableError('no route to the database at secret-host')
    }
    const api = await serve(() => ({ get: fail, find: fail, list: fail, count: fail, commit: fail }))
    const activities = [{ platform: 'qq', groupInfo: { groupId: '1' } }]
    const calls = [
      api.getAllStreams({}),
      api.getGroupStreams({}),
      api.getPrivateStreams({}),
      api.getStreamByGroupId({ groupId: '1' }),
      api.getStreamByUserId({ userId: '1' }),
      api.getStreamType({ target: { case: 'streamId', value: 'x' } }),
      api.getStreamInfo({ target: { case: 'streamId', value: 'x' } }),
      api.getStreamsSummary({}),
      api.getStream({ streamId: 'x' }),
      api.batchGetStreams({ streamIds: ['x'] }),
      api.openStream({ platform: 'qq', groupId: '1' }),
      api.recordActivity({ activities }),
    ]
    for (const call of calls) {
      const failure = await failureOf(call)
      expect(failure).toMatchObject({
        code: 'Unavailable',
        reason: 'ERROR_REASON_STORE_UNAVAILABLE',
        isRetryable: true,
      })
      expect(failure.message).not.toContain('secret')
    }
  })

  it('in a way that nobody foresaw is INTERNAL, without its text', async () => {
    const api = await serve(() => ({
      find: async () => {
        throw new TypeError('secret detail')
      },
    }))
    const failure = await failureOf(api.getStreamByGroupId({ groupId: '1' }))
    expect(failure).toMatchObject({ code: 'Internal', reason: 'ERROR_REASON_INTERNAL' })
    expect(failure.metadata?.error_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(failure.message).not.toContain('secret')
  })
})

describe('a call that waits for the store', () => {
  it.each([
    ['the deadline of the call', 50, 'DeadlineExceeded'],
    ['the caller, who gives up', undefined, 'Canceled'],
  ])('tells the store of %s', async (_name, timeoutMs, code) => {
    const asked = Promise.withResolvers<AbortSignal>()
    const api = await serve(() => ({
      find: async (_queries, options) => {
        const signal = options?.signal as AbortSignal
        asked.resolve(signal)
        const aborted = Promise.withResolvers<never>()
        signal.addEventListener('abort', () => aborted.reject(signal.reason))
        return aborted.promise
      },
    }))
    const caller = new AbortController()
    const call = api.getStreamByGroupId(
      { groupId: '1' },
      timeoutMs === undefined ? { signal: caller.signal } : { timeoutMs },
    )
    const failure = failureOf(call)
    const signal = await asked.promise
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
    if (timeoutMs === undefined) caller.abort()
    await aborted
    expect((await failure).code).toBe(code)
  })
})
