import { beforeEach, describe, expect, it } from 'vitest'
import type { Activity } from '../../src/directory/activity.ts'
import { Commands } from '../../src/directory/commands.ts'
import { ConflictError, type Store, StoreUnavailableError } from '../../src/store/store.ts'
import { openTestStore } from '../support/directory.ts'
import { groupStream, privateStream } from '../support/streams.ts'

let store: Store
let commands: Commands

beforeEach(async () => {
  store = await openTestStore()
  commands = new Commands(store, { now: () => 1_000 })
})

const inGroup = (groupId: string, groupName?: string) => ({
  platform: 'qq',
  groupInfo: { platform: 'qq', groupId, groupName },
})
const withUser = (userId: string, userNickname?: string) => ({
  platform: 'qq',
  userInfo: { platform: 'qq', userId, userNickname },
})

async function stored(streamId: string) {
  const [found] = (await store.get([streamId])).found
  return found?.stream
}

async function recordOne(activity: Partial<Activity> & { platform: string }) {
  const { results } = await commands.record([{ activeTime: 1_000, ...activity }])
  const [result] = results
  if (!result) throw new Error('nothing was recorded')
  return result
}

describe('opening a chat', () => {
  it('creates it once and tells so truthfully', async () => {
    const first = await commands.open(inGroup('941657197', 'cats'))
    expect(first).toMatchObject({ created: true, stream: { streamId: 'a544edeb1a9b73e3e1d77dff36e41264' } })
    expect(first.otherStreamIds).toEqual([])
    expect(first.stream).toMatchObject({ createTime: 1_000, lastActiveTime: 1_000 })
    const second = await commands.open(inGroup('941657197', 'dogs'))
    expect(second).toMatchObject({ created: false, revision: undefined })
    expect(second.stream).toEqual(first.stream)
  })

  it('creates it once when many open it at the same time', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => commands.open(withUser('7'))))
    expect(opened.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(opened.map(({ stream }) => stream.streamId)).size).toBe(1)
  })

  it('without an account finds the chat under any, so that it never splits a chat in two', async () => {
    const { stream } = await commands.open({ ...inGroup('1'), accountId: '10001', scope: 's' })
    expect(await commands.open(inGroup('1'))).toMatchObject({ created: false, stream })
    expect(await commands.open({ ...inGroup('1'), accountId: '10001' })).toMatchObject({ created: false, stream })
  })

  it('with an account, also an empty one, matches that account only', async () => {
    await commands.open({ ...inGroup('1'), accountId: '10001', scope: '' })
    expect(await commands.open({ ...inGroup('1'), accountId: '10002' })).toMatchObject({ created: true })
    expect(await commands.open({ ...inGroup('1'), accountId: '' })).toMatchObject({ created: true })
    expect(await commands.open({ ...inGroup('1'), accountId: '10001' })).toMatchObject({ created: false })
  })

  it('with a scope, also an empty one, matches that scope only', async () => {
    await commands.open({ ...inGroup('1'), accountId: '', scope: 's' })
    expect(await commands.open({ ...inGroup('1'), scope: 't' })).toMatchObject({ created: true })
    expect(await commands.open({ ...inGroup('1'), scope: '' })).toMatchObject({ created: true })
    expect(await commands.open({ ...inGroup('1'), scope: 's' })).toMatchObject({ created: false })
  })

  it('on another platform, or of a group with the id of a user, is another chat', async () => {
    await commands.open(inGroup('1'))
    expect(await commands.open({ ...inGroup('1'), platform: 'telegram' })).toMatchObject({ created: true })
    expect(await commands.open(withUser('1'))).toMatchObject({ created: true })
  })

  it('with an account and a scope finds the chat also where its stream has an id of its own', async () => {
    await recordOne({ ...inGroup('1'), streamId: 'legacy', activeTime: 5 })
    const exact = { ...inGroup('1'), accountId: '', scope: '' }
    expect(await commands.open(exact)).toMatchObject({ created: false, stream: { streamId: 'legacy' } })
    expect(await recordOne({ ...exact, activeTime: 6 })).toEqual({ outcome: 'updated', streamId: 'legacy' })
  })

  it('returns the most recently active of several and names the others', async () => {
    await recordOne({ ...inGroup('1'), accountId: 'a', scope: '', activeTime: 5 })
    const latest = await recordOne({ ...inGroup('1'), accountId: 'b', scope: '', activeTime: 9 })
    await recordOne({ ...inGroup('1'), accountId: 'c', scope: '', activeTime: 7 })
    const opened = await commands.open(inGroup('1'))
    expect(opened.stream.streamId).toBe(latest.streamId)
    expect(await Promise.all(opened.otherStreamIds.map(stored))).toMatchObject([{ accountId: 'c' }, { accountId: 'a' }])
  })

  it('refuses what breaks a limit, and writes nothing', () => {
    expect(() => commands.open({ ...inGroup('1'), labels: { '': 'x' } })).toThrow(
      expect.objectContaining({
        reason: 'INVALID_FIELD',
        violations: [expect.objectContaining({ field: 'labels[""]' })],
      }),
    )
  })

  it('refuses a chat whose id belongs to another, and writes nothing', async () => {
    await commands.open(withUser('1'))
    await expect(commands.open(inGroup('1_private'))).rejects.toMatchObject({
      reason: 'STREAM_ID_COLLISION',
      metadata: { existing: 'qq:private:1', requested: 'qq:group:1_private' },
    })
    expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'private', count: 1 }])
  })
})

describe('recording activity', () => {
  it('tells created, updated and unchanged apart', async () => {
    const activity = { ...inGroup('1', 'cats'), activeTime: 5 }
    expect((await recordOne(activity)).outcome).toBe('created')
    expect((await recordOne(activity)).outcome).toBe('unchanged')
    expect((await recordOne({ ...activity, activeTime: 6 })).outcome).toBe('updated')
  })

  it('refreshes names, which the original froze at first sight', async () => {
    const { streamId } = await recordOne({ ...inGroup('1', 'cats'), ...withUser('7', 'Mai'), activeTime: 5 })
    await recordOne({ ...inGroup('1', 'dogs'), ...withUser('7', 'Sakura'), activeTime: 6 })
    expect(await stored(streamId)).toMatchObject({
      groupInfo: { groupName: 'dogs' },
      userInfo: { userNickname: 'Sakura' },
    })
  })

  it('keeps a name that the activity does not mention', async () => {
    const { streamId } = await recordOne({ ...inGroup('1', 'cats'), activeTime: 5 })
    await recordOne({ ...inGroup('1'), activeTime: 6 })
    expect(await stored(streamId)).toMatchObject({ groupInfo: { groupName: 'cats' }, lastActiveTime: 6 })
  })

  it('takes neither time nor names back for activity that arrives late', async () => {
    const { streamId } = await recordOne({ ...inGroup('1', 'new'), ...withUser('7', 'new'), activeTime: 9 })
    expect((await recordOne({ ...inGroup('1', 'old'), ...withUser('8', 'old'), activeTime: 5 })).outcome).toBe(
      'unchanged',
    )
    expect(await stored(streamId)).toMatchObject({
      groupInfo: { groupName: 'new' },
      userInfo: { userId: '7', userNickname: 'new' },
      lastActiveTime: 9,
    })
  })

  it('applies activities of one chat in the order given', async () => {
    const { results } = await commands.record([
      { ...inGroup('1', 'a'), activeTime: 5 },
      { ...inGroup('1', 'b'), activeTime: 5 },
      { ...inGroup('1', 'b'), activeTime: 5 },
    ])
    expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'updated', 'unchanged'])
  })

  it('records nothing of a batch in which one activity is refused', async () => {
    const batch = [
      { ...withUser('1'), activeTime: 5 },
      { ...inGroup('1_private'), activeTime: 5 },
    ]
    await expect(commands.record(batch)).rejects.toMatchObject({ reason: 'STREAM_ID_COLLISION' })
    expect((await store.count({})).found).toEqual([])
  })

  it('names the activity and the field that break a limit', async () => {
    const batch = [
      { ...withUser('1'), activeTime: 5 },
      { ...withUser(''), platform: '', activeTime: Number.NaN },
    ]
    await expect(commands.record(batch)).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      violations: [
        { field: 'activities[1].platform' },
        { field: 'activities[1].user_info.user_id' },
        { field: 'activities[1].active_time' },
      ],
    })
  })

  it('reports refusals beside what it wrote, for importers', async () => {
    const batch = [
      { ...withUser('1'), activeTime: 5, streamId: 'x' },
      { ...withUser('2'), activeTime: 5, streamId: 'x' },
      { platform: 'qq', activeTime: 5 },
    ]
    const { results, streams } = await commands.record(batch, { refuse: 'report' })
    expect(streams.map(({ streamId }) => streamId)).toEqual(['x'])
    expect(results).toMatchObject([
      { outcome: 'created', streamId: 'x' },
      { outcome: 'refused', error: { reason: 'STREAM_ID_COLLISION' } },
      { outcome: 'refused', error: { reason: 'INVALID_FIELD' } },
    ])
    expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'private', count: 1 }])
  })

  it('tells the streams of the activities, each once, as they are after it', async () => {
    const { streams, results } = await commands.record([
      { ...inGroup('1', 'a'), activeTime: 5 },
      { ...inGroup('2'), activeTime: 5 },
      { ...inGroup('1', 'b'), activeTime: 6 },
    ])
    expect(streams.map(({ groupInfo }) => groupInfo)).toMatchObject([
      { groupId: '1', groupName: 'b' },
      { groupId: '2' },
    ])
    expect(streams.map(({ streamId }) => streamId)).toEqual(results.slice(0, 2).map(({ streamId }) => streamId))
  })

  it('writes nothing of a stream that nothing new was said of, and tells what it saw', async () => {
    const { streamId } = await recordOne({ ...inGroup('1'), activeTime: 5 })
    const before = await store.revision()
    const same = await commands.record([{ ...inGroup('1'), activeTime: 5 }])
    expect(same).toMatchObject({ revision: undefined, seen: before, streams: [{ streamId }] })
    const other = await commands.record([
      { ...inGroup('1'), activeTime: 5 },
      { ...inGroup('2'), activeTime: 5 },
    ])
    expect(other.revision).toBe(before + 1n)
  })

  it('tells what it would do on a dry run, and writes nothing', async () => {
    const { results, revision } = await commands.record([{ ...withUser('1'), activeTime: 5 }], { dryRun: true })
    expect(results).toMatchObject([{ outcome: 'created' }])
    expect(revision).toBeUndefined()
    expect((await store.count({})).found).toEqual([])
  })

  it('moves the creation back for a source that knows an earlier one, and never forward', async () => {
    const { streamId } = await recordOne({ ...withUser('1'), activeTime: 50 })
    await recordOne({ ...withUser('1'), activeTime: 40, createTime: 10 })
    expect(await stored(streamId)).toMatchObject({ createTime: 10, lastActiveTime: 50 })
    expect((await recordOne({ ...withUser('1'), activeTime: 50, createTime: 20 })).outcome).toBe('unchanged')
  })

  it('loses no activity when many record the same chat at once', async () => {
    const times = Array.from({ length: 12 }, (_, index) => index + 1)
    await Promise.all(times.map((activeTime) => recordOne({ ...inGroup('1', `name ${activeTime}`), activeTime })))
    const [found] = (await store.find([{ target: { kind: 'group', id: '1' } }])).found
    expect(found?.[0]?.stream).toMatchObject({ lastActiveTime: 12, groupInfo: { groupName: 'name 12' } })
  })
})

describe('recording', () => {
  it('without an account goes to the most recently active stream of the chat, in whatever order they were made', async () => {
    for (const [id, times] of [
      ['1', [9, 5]],
      ['2', [5, 9]],
    ] as const) {
      for (const [index, activeTime] of times.entries()) {
        await recordOne({ ...inGroup(id), accountId: `at ${activeTime}`, scope: String(index), activeTime })
      }
      const { streamId } = await recordOne({ ...inGroup(id), activeTime: 20 })
      expect((await stored(streamId))?.accountId).toBe('at 9')
    }
  })

  it('without an account goes to the stream that the same batch has made the most recently active', async () => {
    await recordOne({ ...inGroup('1'), accountId: 'a', scope: '', activeTime: 9 })
    const b = await recordOne({ ...inGroup('1'), accountId: 'b', scope: '', activeTime: 5 })
    const { results } = await commands.record([
      { ...inGroup('1'), accountId: 'b', scope: '', activeTime: 20 },
      { ...inGroup('1'), activeTime: 21 },
    ])
    expect(results.map(({ streamId }) => streamId)).toEqual([b.streamId, b.streamId])
  })

  it('under the id of its source keeps streams of one chat apart that the source keeps apart', async () => {
    const activities = ['a', 'b', 'a'].map((streamId, index) => ({ ...inGroup('1'), streamId, activeTime: index }))
    const { results } = await commands.record(activities)
    expect(results).toEqual([
      { streamId: 'a', outcome: 'created' },
      { streamId: 'b', outcome: 'created' },
      { streamId: 'a', outcome: 'updated' },
    ])
  })

  it('under the id of its source is refused where that is the same chat under another account', async () => {
    await recordOne({ ...inGroup('1'), streamId: 'x', accountId: 'a' })
    for (const other of [{}, { accountId: 'b' }, { accountId: 'a', scope: 's' }]) {
      await expect(recordOne({ ...inGroup('1'), streamId: 'x', ...other })).rejects.toMatchObject({
        reason: 'STREAM_ID_COLLISION',
      })
    }
    const same = { ...inGroup('1'), streamId: 'x', accountId: 'a', activeTime: 1_001 }
    expect(await recordOne(same)).toEqual({ streamId: 'x', outcome: 'updated' })
  })

  it('counts limits in bytes of UTF-8 and not in characters', async () => {
    await recordOne(inGroup('1', '名'.repeat(5_461)))
    await expect(recordOne(inGroup('1', '名'.repeat(5_462)))).rejects.toMatchObject({
      violations: [
        { field: 'activities[0].group_info.group_name', description: 'must be at most 16384 bytes, is 16386' },
      ],
    })
  })

  it('is tried again for a conflict, and for no other failure', async () => {
    const tries: unknown[] = []
    const failing = (failure: Error) =>
      new Commands(
        {
          get: store.get.bind(store),
          find: store.find.bind(store),
          tombstones: store.tombstones.bind(store),
          list: store.list.bind(store),
          count: store.count.bind(store),
          revision: store.revision.bind(store),
          keepPlace: store.keepPlace.bind(store),
          commit: async () => {
            tries.push(failure)
            throw failure
          },
        },
        { now: () => 1_000 },
      )
    const activity = { ...inGroup('1'), activeTime: 5 }
    const away = new StoreUnavailableError('away')
    await expect(failing(away).record([activity])).rejects.toBe(away)
    expect(tries).toEqual([away])
    await expect(failing(new ConflictError(['x'])).record([activity])).rejects.toMatchObject({
      reason: 'WRITE_CONFLICT',
      message: 'other writers kept changing x',
      retryAfterMs: 100,
      cause: expect.any(ConflictError),
    })
    expect(tries.length).toBeGreaterThan(2)
  })
})

describe('the clock of commands', () => {
  it('is that of the machine, in seconds, unless they are given another', async () => {
    const before = Date.now() / 1_000
    const { stream } = await new Commands(store).open(inGroup('1'))
    expect(stream.createTime).toBeGreaterThanOrEqual(before)
    expect(stream.createTime).toBeLessThanOrEqual(Date.now() / 1_000)
  })
})

describe('activity ahead of the clock', () => {
  it('is taken up to the skew that is allowed, and refused beyond it', async () => {
    const strict = new Commands(store, { now: () => 1_000, maxClockSkewMs: 5_000 })
    await strict.record([{ ...inGroup('1'), activeTime: 1_005 }])
    await expect(strict.record([{ ...inGroup('1'), activeTime: 1_005.001 }])).rejects.toMatchObject({
      reason: 'TIME_TOO_FAR_AHEAD',
      violations: [{ field: 'activities[0].active_time' }],
    })
    await expect(commands.record([{ ...inGroup('1'), activeTime: 1_000 + 86_401 }])).rejects.toMatchObject({
      reason: 'TIME_TOO_FAR_AHEAD',
    })
  })
})

describe('an id that is an alias', () => {
  const idOf = (groupId: string) => groupStream(groupId).streamId

  async function merged() {
    const stream = groupStream('new', { aliasIds: [idOf('old'), 'older'], lastActiveTime: 5, createTime: 5 })
    await store.commit([{ kind: 'put', stream, expect: null }])
    return stream
  }

  it('takes activity and imports to its stream, and names its chat no other', async () => {
    const stream = await merged()
    const { streamId } = stream
    expect(await recordOne({ ...inGroup('old', 'old name'), activeTime: 9 })).toEqual({ streamId, outcome: 'updated' })
    expect(await recordOne({ ...inGroup('x'), streamId: 'older', activeTime: 10 })).toEqual({
      streamId,
      outcome: 'updated',
    })
    expect(await recordOne({ platform: 'qq', streamId: 'older', activeTime: 11 })).toEqual({
      streamId,
      outcome: 'updated',
    })
    expect(await stored(streamId)).toEqual({ ...stream, lastActiveTime: 11 })
    expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 1 }])
  })

  it('takes the activities of one batch to the stream together with those of its own chat', async () => {
    const { streamId } = await merged()
    const activities = ['old', 'new', 'old'].map((id, index) => ({ ...inGroup(id), activeTime: 10 + index }))
    const { results } = await commands.record(activities)
    expect(results).toEqual(activities.map(() => ({ streamId, outcome: 'updated' })))
  })

  it('opens its stream', async () => {
    const stream = await merged()
    expect(await commands.open(inGroup('old'))).toMatchObject({ created: false, stream })
  })

  it('does not turn the user of a private chat into another', async () => {
    const alias = privateStream('old').streamId
    const stream = privateStream('new', { aliasIds: [alias], lastActiveTime: 5 })
    await store.commit([{ kind: 'put', stream, expect: null }])
    await recordOne({ ...withUser('old', 'Old'), activeTime: 9 })
    expect(await stored(stream.streamId)).toEqual({ ...stream, lastActiveTime: 9 })
  })

  it('is refused to a chat of another kind, whose id happens to be the same', async () => {
    const stream = groupStream('new', { aliasIds: [privateStream('7').streamId] })
    await store.commit([{ kind: 'put', stream, expect: null }])
    await expect(commands.open(withUser('7'))).rejects.toMatchObject({ reason: 'STREAM_ID_COLLISION' })
    await expect(recordOne(withUser('7'))).rejects.toMatchObject({ reason: 'STREAM_ID_COLLISION' })
  })

  it('is left to the stream that has it itself', async () => {
    await merged()
    const own = groupStream('old')
    await store.commit([{ kind: 'put', stream: own, expect: null }])
    expect(await commands.open(inGroup('old'))).toMatchObject({ created: false, stream: own })
    expect(await recordOne({ ...inGroup('old'), activeTime: 1_001 })).toMatchObject({ streamId: own.streamId })
  })
})
