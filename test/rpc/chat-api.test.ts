import { Code } from '@connectrpc/connect'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Outcome, SpecialType, StreamType } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { failureOf } from '../support/errors.ts'
import { type ChatApiClient, clientOf, serveDirectly, startService, wires } from '../support/service.ts'
import { creation, groupStream } from '../support/streams.ts'

const inGroup = (groupId: string, groupName = `group ${groupId}`, platform = 'qq') => ({
  platform,
  groupInfo: { groupId, groupName },
})
const withUser = (userId: string, userNickname = `user ${userId}`, platform = 'qq') => ({
  platform,
  userInfo: { userId, userNickname },
})
const at = (seconds: number) => ({ activeTime: { seconds: BigInt(seconds), nanos: 0 } })
const everywhere = { specialType: SpecialType.ALL_PLATFORMS }

describe.each(Object.entries(wires))('over %s', (_name, wire) => {
  let api: ChatApiClient

  beforeEach(async () => {
    api = clientOf(wire(await startService()))
  })

  it('answers the eight calls of the original', async () => {
    await api.recordActivity({
      activities: [
        { ...inGroup('941657197', 'MaiBot'), ...withUser('1787882683', 'Mai'), ...at(1_700_000_000) },
        { ...withUser('1787882683', 'Mai'), ...at(1_700_000_001) },
        { ...inGroup('941657197', 'MaiBot', 'telegram'), ...at(1_700_000_002) },
      ],
    })
    const all = await api.getAllStreams({})
    expect(all.streams.map(({ streamId }) => streamId)).toEqual([
      'a544edeb1a9b73e3e1d77dff36e41264',
      'b8f3a2f1a141dab0218071e5af2d3e1e',
    ])
    expect(all).toMatchObject({ totalSize: 2, nextPageToken: '' })
    expect((await api.getAllStreams(everywhere)).totalSize).toBe(3)
    expect((await api.getGroupStreams({ platform: 'telegram' })).streams).toMatchObject([
      { platform: 'telegram', groupInfo: { platform: 'telegram', groupId: '941657197', groupName: 'MaiBot' } },
    ])
    expect((await api.getPrivateStreams({})).streams).toMatchObject([{ userInfo: { userNickname: 'Mai' } }])

    const group = await api.getStreamByGroupId({ groupId: '941657197' })
    expect(group.stream).toMatchObject({
      streamId: 'a544edeb1a9b73e3e1d77dff36e41264',
      type: StreamType.GROUP,
      displayName: 'MaiBot (qq:group:941657197)',
      lastActiveTime: { seconds: 1_700_000_000n },
    })
    const user = await api.getStreamByUserId({ userId: '1787882683' })
    expect(user.stream).toMatchObject({ streamId: 'b8f3a2f1a141dab0218071e5af2d3e1e', type: StreamType.PRIVATE })

    const streamId = group.stream!.streamId
    const target = { case: 'streamId', value: streamId } as const
    expect(await api.getStreamType({ target })).toMatchObject({ type: StreamType.GROUP })
    expect((await api.getStreamInfo({ target })).info).toMatchObject({
      streamId,
      platform: 'qq',
      type: StreamType.GROUP,
      groupId: '941657197',
      groupName: 'MaiBot',
      userId: '1787882683',
      userName: 'Mai',
    })
    expect(await api.getStreamsSummary({})).toMatchObject({
      totalStreams: 3n,
      groupStreams: 2n,
      privateStreams: 1n,
      unknownStreams: 0n,
      qqStreams: 2n,
      platformStreams: { qq: 2n, telegram: 1n },
    })
  })

  it('answers a stream in question by what it says itself', async () => {
    const target = { case: 'chatStream', value: { streamId: 'x', platform: 'p', groupInfo: { groupId: '1' } } } as const
    expect((await api.getStreamType({ target })).type).toBe(StreamType.GROUP)
    const { info } = await api.getStreamInfo({ target })
    expect(info).toMatchObject({ streamId: 'x', platform: 'p', groupId: '1' })
    expect(info?.groupName).toBeUndefined()
    expect(info?.userId).toBeUndefined()
    expect((await api.getStreamType({ target: { case: 'chatStream', value: {} } })).type).toBe(StreamType.UNKNOWN)
  })

  it('pages through a list without gap or repeat', async () => {
    await api.recordActivity({ activities: Array.from({ length: 25 }, (_, i) => inGroup(String(i))) })
    const pages: string[][] = []
    let pageToken = ''
    do {
      const page = await api.getGroupStreams({ pageSize: 10, pageToken })
      expect(page.totalSize).toBe(25)
      pages.push(page.streams.map(({ groupInfo }) => groupInfo!.groupId))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5])
    expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, i) => String(i)))
  })

  it('returns many streams at once and names those that are missing', async () => {
    const { results } = await api.recordActivity({ activities: [inGroup('1'), inGroup('2')] })
    const [first, second] = results.map(({ streamId }) => streamId) as [string, string]
    const answer = await api.batchGetStreams({ streamIds: [second, 'none', first, second] })
    expect(answer.streams.map(({ streamId }) => streamId)).toEqual([second, first])
    expect(answer.missingStreamIds).toEqual(['none'])
  })

  it('opens a chat never seen before and tells created truthfully', async () => {
    const request = { platform: 'qq', userId: '1787882683', userNickname: 'Mai', labels: { note: 'x' } }
    const first = await api.openStream(request)
    expect(first).toMatchObject({ created: true, stream: { labels: { note: 'x' } } })
    expect(first.revision).not.toBe('')
    const second = await api.openStream({ ...request, userNickname: 'other' })
    expect(second).toMatchObject({ created: false, revision: '', stream: { etag: first.stream!.etag } })
    expect((await api.getStream({ streamId: first.stream!.streamId })).stream).toEqual(first.stream)
  })

  it('tells what each activity did', async () => {
    const activity = { ...inGroup('1'), ...at(5) }
    const { results, revision } = await api.recordActivity({ activities: [activity, activity] })
    expect(results.map(({ outcome }) => outcome)).toEqual([Outcome.CREATED, Outcome.UNCHANGED])
    expect((await api.getStreamsSummary({ atLeastRevision: revision })).totalStreams).toBe(1n)
  })

  describe('refuses with the field named', () => {
    it.each<[string, (client: ChatApiClient) => Promise<unknown>, string[]]>([
      ['a platform and a special type', (c) => c.getAllStreams({ platform: 'qq', ...everywhere }), ['platform']],
      ['an empty platform', (c) => c.getGroupStreams({ platform: '' }), ['platform']],
      ['an unknown special type', (c) => c.getPrivateStreams({ specialType: 7 as SpecialType }), ['special_type']],
      ['a negative page size', (c) => c.getAllStreams({ pageSize: -1 }), ['page_size']],
      ['an empty group id', (c) => c.getStreamByGroupId({ groupId: '' }), ['group_id']],
      ['a group id over the limit', (c) => c.getStreamByGroupId({ groupId: 'x'.repeat(513) }), ['group_id']],
      ['an empty user id', (c) => c.getStreamByUserId({}), ['user_id']],
      ['a missing target', (c) => c.getStreamInfo({}), ['target']],
      ['an empty stream id', (c) => c.getStream({ streamId: '' }), ['stream_id']],
      ['no ids', (c) => c.batchGetStreams({}), ['stream_ids']],
      ['an empty id among others', (c) => c.batchGetStreams({ streamIds: ['a', ''] }), ['stream_ids[1]']],
      ['a revision that is none', (c) => c.getStreamsSummary({ atLeastRevision: 'x' }), ['at_least_revision']],
      [
        'a revision beyond 64 bits',
        (c) => c.getStreamsSummary({ atLeastRevision: '9'.repeat(20) }),
        ['at_least_revision'],
      ],
      ['a group and a user', (c) => c.openStream({ platform: 'qq', groupId: '1', userId: '2' }), ['group_id']],
      ['neither a group nor a user', (c) => c.openStream({ platform: 'qq' }), ['group_id']],
      [
        'a private type with a group',
        (c) => c.openStream({ platform: 'qq', groupId: '1', type: StreamType.PRIVATE }),
        ['type'],
      ],
      [
        'two faults at once',
        (c) => c.openStream({ userId: '', groupName: 'x' }),
        ['platform', 'user_id', 'group_name'],
      ],
      ['no activities', (c) => c.recordActivity({}), ['activities']],
      [
        'an activity without a platform',
        (c) => c.recordActivity({ activities: [inGroup('1'), { groupInfo: { groupId: '1' } }] }),
        ['activities[1].platform'],
      ],
      [
        'an activity nowhere',
        (c) => c.recordActivity({ activities: [{ platform: 'qq' }] }),
        ['activities[0].group_info'],
      ],
    ])('%s', async (_name, call, fields) => {
      const failure = await failureOf(call(api))
      expect(failure).toMatchObject({ code: Code[Code.InvalidArgument], reason: 'ERROR_REASON_INVALID_FIELD' })
      expect(failure.fields.sort()).toEqual(fields.sort())
    })
  })

  it('refuses page tokens that are unknown or of other arguments', async () => {
    await api.recordActivity({ activities: [inGroup('1'), inGroup('2'), inGroup('1', 'x', 'telegram')] })
    const { nextPageToken: pageToken } = await api.getGroupStreams({ pageSize: 1 })
    expect((await api.getGroupStreams({ pageSize: 5, pageToken })).streams).toHaveLength(1)
    const mismatch = { code: 'InvalidArgument', reason: 'ERROR_REASON_PAGE_TOKEN_MISMATCH', fields: ['page_token'] }
    expect(await failureOf(api.getGroupStreams({ pageToken, platform: 'telegram' }))).toMatchObject(mismatch)
    expect(await failureOf(api.getAllStreams({ pageToken }))).toMatchObject(mismatch)
    expect(await failureOf(api.getGroupStreams({ pageToken: 'nonsense' }))).toMatchObject({
      ...mismatch,
      reason: 'ERROR_REASON_PAGE_TOKEN_INVALID',
    })
  })

  it('says NOT_FOUND for an unknown stream id, and repeats it', async () => {
    const target = { case: 'streamId', value: 'none' } as const
    for (const call of [
      api.getStream({ streamId: 'none' }),
      api.getStreamType({ target }),
      api.getStreamInfo({ target }),
    ]) {
      expect(await failureOf(call)).toMatchObject({
        code: 'NotFound',
        reason: 'ERROR_REASON_STREAM_NOT_FOUND',
        metadata: { stream_id: 'none' },
      })
    }
  })

  it('refuses activity that is dated far ahead of the clock, which would freeze its chat, and records nothing', async () => {
    const tomorrow = Math.floor(Date.now() / 1_000) + 86_000
    await api.recordActivity({ activities: [{ ...inGroup('1'), ...at(tomorrow) }] })
    const far = { ...inGroup('2'), ...at(253_402_300_799) }
    expect(await failureOf(api.recordActivity({ activities: [inGroup('3'), far] }))).toMatchObject({
      code: 'InvalidArgument',
      reason: 'ERROR_REASON_TIME_TOO_FAR_AHEAD',
      fields: ['activities[1].active_time'],
      metadata: { active_time: '9999-12-31T23:59:59.000Z' },
    })
    expect((await api.getStreamsSummary({})).totalStreams).toBe(1n)
  })

  it('refuses a collision of derived ids and records nothing', async () => {
    await api.recordActivity({ activities: [withUser('1')] })
    const colliding = { activities: [inGroup('2'), inGroup('1_private')] }
    expect(await failureOf(api.recordActivity(colliding))).toMatchObject({
      code: 'AlreadyExists',
      reason: 'ERROR_REASON_STREAM_ID_COLLISION',
      metadata: { existing: 'qq:private:1', requested: 'qq:group:1_private' },
    })
    expect((await api.getStreamsSummary({})).totalStreams).toBe(1n)
  })
})

describe('lists larger than an answer', () => {
  it('fail unless paged, and pages hold what fits', async () => {
    const service = await startService({ maxMessageBytes: 65_536 })
    const api = clientOf(wires['gRPC on the gRPC port']!(service))
    const activities = Array.from({ length: 60 }, (_, i) => inGroup(String(i), 'n'.repeat(4_000)))
    for (let i = 0; i < 60; i += 10) await api.recordActivity({ activities: activities.slice(i, i + 10) })
    expect(await failureOf(api.getAllStreams({}))).toMatchObject({
      code: 'ResourceExhausted',
      reason: 'ERROR_REASON_LIST_TOO_LARGE',
      metadata: { total_size: '60' },
    })
    const seen: string[] = []
    let pageToken = ''
    do {
      const page = await api.getAllStreams({ pageSize: 50, pageToken })
      expect(page.streams.length).toBeGreaterThan(0)
      seen.push(...page.streams.map(({ groupInfo }) => groupInfo!.groupId))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(seen).toEqual(activities.map(({ groupInfo }) => groupInfo.groupId))
  })
})

describe.each([
  ['a view', true],
  ['a store that is asked each time', false],
])('an alias, over %s', (_name, hasView) => {
  it('leads to its stream in every call that takes the id of a stream', async () => {
    const service = await startService()
    const store = await openSqliteStore(service.storeUrl.replace('sqlite:', ''))
    onTestFinished(() => store.close())
    const stream = groupStream('1', { aliasIds: ['old', 'older'] })
    const revision = await store.commit([creation(stream), creation(groupStream('2'))])
    const api = hasView ? clientOf(wires['gRPC on the gRPC port']!(service)) : await serveDirectly(store)
    await api.getStreamsSummary({ atLeastRevision: String(revision) })

    const { streamId } = stream
    const found = await api.getStream({ streamId: 'old' })
    expect(found).toMatchObject({ aliasId: 'old', stream: { streamId, aliasIds: ['old', 'older'] } })
    expect((await api.getStream({ streamId })).aliasId).toBe('')
    const target = { case: 'streamId', value: 'older' } as const
    expect((await api.getStreamType({ target })).type).toBe(StreamType.GROUP)
    expect((await api.getStreamInfo({ target })).info).toMatchObject({ streamId, groupId: '1' })
    const asked = ['old', 'none', groupStream('2').streamId, streamId, 'older']
    const many = await api.batchGetStreams({ streamIds: asked })
    expect(many.streams.map((each) => each.streamId)).toEqual([streamId, groupStream('2').streamId])
    expect(many.missingStreamIds).toEqual(['none'])
    expect(many.aliases).toEqual({ old: streamId, older: streamId })
  })
})

describe('lists and counts', () => {
  it('tell the revision that they are of, also where their streams are as before', async () => {
    const api = clientOf(wires['gRPC on the gRPC port']!(await startService()))
    const record = async (id: string, platform: string) =>
      (await api.recordActivity({ activities: [inGroup(id, 'x', platform)] })).revision
    for (const platform of ['qq', 'telegram', 'qq', 'telegram']) {
      const revision = await record(String(Math.random()), platform)
      for (let i = 0; i < 2; i++) {
        expect((await api.getAllStreams({})).revision).toBe(revision)
        expect((await api.getGroupStreams({ pageSize: 1 })).revision).toBe(revision)
        expect((await api.getStreamsSummary({})).revision).toBe(revision)
      }
      await api.getAllStreams({ atLeastRevision: (await api.getAllStreams({})).revision })
    }
    expect((await api.getAllStreams({})).streams).toHaveLength(2)
  })

  it('show every change of a stream at once, however often they were asked for before', async () => {
    const api = clientOf(wires['gRPC on the gRPC port']!(await startService()))
    for (let i = 0; i < 5; i++) {
      await api.recordActivity({ activities: [{ ...inGroup('1', `name ${i}`), ...at(i + 1) }] })
      for (let again = 0; again < 2; again++) {
        const lists = [await api.getAllStreams({}), await api.getGroupStreams({}), await api.getAllStreams(everywhere)]
        expect(lists.map(({ streams }) => streams[0]?.groupInfo?.groupName)).toEqual(Array(3).fill(`name ${i}`))
      }
    }
    await api.recordActivity({ activities: [inGroup('2')] })
    expect((await api.getAllStreams({})).streams).toHaveLength(2)
  })
})

describe('an activity without a time', () => {
  it('is of now', async () => {
    const api = clientOf(wires['gRPC on the gRPC port']!(await startService()))
    const before = BigInt(Math.floor(Date.now() / 1_000))
    await api.recordActivity({ activities: [inGroup('1')] })
    const { stream } = await api.getStreamByGroupId({ groupId: '1' })
    const { seconds } = stream!.lastActiveTime!
    expect(seconds >= before && seconds <= BigInt(Math.ceil(Date.now() / 1_000))).toBe(true)
  })
})

describe('an activity of a time with more nanoseconds than a second has', () => {
  it('is refused, and one with as many as may be is not', async () => {
    const api = clientOf(wires['gRPC on the gRPC port']!(await startService()))
    const record = (nanos: number) =>
      api.recordActivity({ activities: [inGroup('1'), { ...inGroup('2'), activeTime: { seconds: 1n, nanos } }] })
    for (const nanos of [-1, 1_000_000_000]) {
      expect(await failureOf(record(nanos))).toMatchObject({
        code: 'InvalidArgument',
        fields: ['activities[1].active_time'],
        message: expect.stringContaining(`is ${nanos}`),
      })
    }
    await record(999_999_999)
    expect((await api.getStreamsSummary({})).totalStreams).toBe(2n)
  })
})

describe('reading at a revision', () => {
  it('says that a revision is not reached rather than answer from before it', async () => {
    const api = clientOf(wires['gRPC on the gRPC port']!(await startService()))
    expect(
      await failureOf(api.getStreamsSummary({ atLeastRevision: '1000000000000' }, { timeoutMs: 15_000 })),
    ).toMatchObject({
      code: 'Unavailable',
      reason: 'ERROR_REASON_REVISION_NOT_REACHED',
      isRetryable: true,
    })
  }, 20_000)
})

describe('two servers of one store', () => {
  it('show a chat on the server that was told of it, also where the other one created it', async () => {
    const first = await startService()
    const second = await startService({ storeUrl: first.storeUrl })
    const [a, b] = [first, second].map((service) => clientOf(wires['gRPC on the gRPC port']!(service))) as [
      ChatApiClient,
      ChatApiClient,
    ]
    for (let i = 0; i < 30; i++) {
      await a.openStream({ platform: 'qq', groupId: String(i) })
      const { stream, created } = await b.openStream({ platform: 'qq', groupId: String(i) })
      expect(created).toBe(false)
      expect((await b.getStream({ streamId: stream!.streamId })).stream).toEqual(stream)
      const activity = { ...inGroup(String(i), 'seen'), ...at(Math.ceil(Date.now() / 1_000) + 60) }
      await a.recordActivity({ activities: [activity] })
      const { results } = await b.recordActivity({ activities: [activity] })
      expect(results[0]?.outcome).toBe(Outcome.UNCHANGED)
      expect((await b.getStreamByGroupId({ groupId: String(i) })).stream?.groupInfo?.groupName).toBe('seen')
    }
  })

  it('read each other’s writes, and take each other’s page tokens', async () => {
    const first = await startService()
    const second = await startService({ storeUrl: first.storeUrl })
    const [a, b] = [first, second].map((service) => clientOf(wires['gRPC on the gRPC port']!(service))) as [
      ChatApiClient,
      ChatApiClient,
    ]
    for (let i = 0; i < 20; i++) {
      const [writer, reader] = i % 2 ? [a, b] : [b, a]
      const { revision } = await writer.recordActivity({ activities: [inGroup(String(i))] })
      const answer = await reader.getStreamByGroupId({ groupId: String(i), atLeastRevision: revision })
      expect(answer.stream?.groupInfo?.groupId).toBe(String(i))
    }
    const { nextPageToken } = await a.getGroupStreams({ pageSize: 12 })
    const rest = await b.getGroupStreams({ pageSize: 12, pageToken: nextPageToken })
    expect(rest.streams.map(({ groupInfo }) => groupInfo?.groupId)).toEqual(
      Array.from({ length: 8 }, (_, i) => String(i + 12)),
    )
  })
})
