import { beforeEach, describe, expect, it } from 'vitest'
import type { Activity } from '../../src/directory/activity.ts'
import { Commands } from '../../src/directory/commands.ts'
import { etagOf } from '../../src/domain/etag.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream, mergedInto, privateStream } from '../support/streams.ts'

/** Of the machine that deletes. */
const NOW = 1_800_000_000

let store: Store
let commands: Commands

beforeEach(async () => {
  store = await openTestStore()
  commands = new Commands(store, { now: () => NOW })
})

const inGroup = (groupId: string, more: Partial<Activity> = {}) => ({
  platform: 'qq',
  groupInfo: { platform: 'qq', groupId, groupName: `new name of ${groupId}` },
  activeTime: NOW + 1,
  ...more,
})

async function stored(streamId: string): Promise<Stream | undefined> {
  return (await store.get([streamId])).found[0]?.stream
}

async function deleted(stream: Stream): Promise<Stream> {
  await store.commit([creation(stream)])
  await commands.delete({ streamId: stream.streamId, etag: '' })
  return stream
}

describe('deleting a stream', () => {
  it('takes it away, from the revision that it tells of', async () => {
    const stream = groupStream('1')
    await store.commit([creation(stream)])
    const { revision } = await commands.delete({ streamId: stream.streamId, etag: etagOf(stream) })
    expect(await store.revision()).toBe(revision)
    expect(await stored(stream.streamId)).toBeUndefined()
  })

  it('is refused from another state than the one that is meant', async () => {
    const stream = groupStream('1')
    await store.commit([creation(stream)])
    const ref = { streamId: stream.streamId, etag: etagOf({ ...stream, lastActiveTime: 1 }) }
    await expect(commands.delete(ref)).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' })
    expect(await stored(stream.streamId)).toEqual(stream)
  })

  it('tells a deleted stream and one that never was apart, by its id and by an alias', async () => {
    const { streamId } = await deleted(groupStream('1', { aliasIds: ['old'] }))
    for (const id of [streamId, 'old']) {
      const again = commands.delete({ streamId: id, etag: '' })
      await expect(again).rejects.toMatchObject({ reason: 'STREAM_DELETED', metadata: { stream_id: id } })
    }
    await expect(commands.delete({ streamId: 'nobody', etag: '' })).rejects.toMatchObject({
      reason: 'STREAM_NOT_FOUND',
    })
  })

  it('does not tell those that it does not concern', async () => {
    const scoped = commands.as({ name: 'one', scope: { platforms: ['telegram'] } })
    const { streamId } = await deleted(groupStream('1'))
    const hidden = groupStream('2')
    await store.commit([creation(hidden)])
    for (const id of [streamId, hidden.streamId, 'nobody']) {
      await expect(scoped.delete({ streamId: id, etag: '' })).rejects.toMatchObject({
        reason: 'STREAM_NOT_FOUND',
        message: `no stream has the id ${JSON.stringify(id)}`,
      })
    }
    expect(await stored(hidden.streamId)).toEqual(hidden)
  })
})

describe('a deleted chat', () => {
  it('comes back with what happens in it later, without what was said of it', async () => {
    const stream = await deleted(groupStream('1', { labels: { a: 'b' }, customName: 'Cats', aliasIds: ['old'] }))
    const { results } = await commands.record([inGroup('1')])
    expect(results).toEqual([{ streamId: stream.streamId, outcome: 'created' }])
    expect(await stored('old')).toEqual({
      ...stream,
      groupInfo: { platform: 'qq', groupId: '1', groupName: 'new name of 1' },
      labels: {},
      customName: undefined,
      createTime: NOW + 1,
      lastActiveTime: NOW + 1,
    })
  })

  it.each([
    ['what happened before', NOW - 1],
    ['what happened at that moment', NOW],
  ])('stays away for %s', async (_what, activeTime) => {
    const { streamId } = await deleted(groupStream('1'))
    const before = await store.revision()
    const { results, streams } = await commands.record([inGroup('1', { activeTime })])
    expect(results).toEqual([{ streamId, outcome: 'unchanged' }])
    expect(streams).toEqual([])
    expect(await store.revision()).toBe(before)
  })

  it('stays away for what was dated ahead of the clock when it was deleted', async () => {
    const { streamId, lastActiveTime } = await deleted(groupStream('1', { lastActiveTime: NOW + 60 }))
    const { results } = await commands.record([inGroup('1', { activeTime: lastActiveTime })])
    expect(results).toEqual([{ streamId, outcome: 'unchanged' }])
    expect((await commands.record([inGroup('1', { activeTime: NOW + 61 })])).results[0]?.outcome).toBe('created')
  })

  it('stays away for a row that still stands in the table of a bot, whatever else the batch holds', async () => {
    const { streamId } = await deleted(groupStream('1'))
    const row = inGroup('1', { streamId, accountId: '', scope: '', activeTime: NOW - 5, createTime: 5 })
    const { results } = await commands.record([row, inGroup('2', { activeTime: NOW - 5 })], { refuse: 'report' })
    expect(results.map(({ outcome }) => outcome)).toEqual(['unchanged', 'created'])
    expect(await stored(streamId)).toBeUndefined()
  })

  it('stays away for a stream of another store that is no later, and comes back whole for a later one', async () => {
    const stream = await deleted(groupStream('1', { aliasIds: ['old'] }))
    const taken = { ...stream, aliasIds: ['other'], labels: { a: 'b' } }
    expect((await commands.takeOver([taken])).results).toEqual([{ streamId: stream.streamId, outcome: 'unchanged' }])
    const later = { ...taken, lastActiveTime: NOW + 1 }
    expect((await commands.takeOver([later])).results).toMatchObject([{ outcome: 'created' }])
    expect(await stored(stream.streamId)).toEqual({ ...later, aliasIds: ['old', 'other'] })
  })

  it('comes back under its own id and account where those are left out', async () => {
    const { streamId } = await deleted(groupStream('1', { streamId: 'legacy', accountId: '10001', scope: 's' }))
    expect((await commands.record([inGroup('1')])).results).toEqual([{ streamId, outcome: 'created' }])
    expect(await stored(streamId)).toMatchObject({ accountId: '10001', scope: 's' })
  })

  it('is another chat under another account', async () => {
    await deleted(groupStream('1', { accountId: '10001' }))
    const { results } = await commands.record([inGroup('1', { accountId: '10002', activeTime: 5 })])
    expect(results[0]?.outcome).toBe('created')
    expect(await stored(results[0]!.streamId)).toMatchObject({ accountId: '10002' })
  })

  it('leaves the stream of the same chat under another account as it is', async () => {
    const { streamId } = await deleted(groupStream('1', { accountId: '10001' }))
    const other = groupStream('1', { accountId: '10002' })
    await store.commit([creation(other)])
    expect((await commands.record([inGroup('1')])).results).toEqual([{ streamId: other.streamId, outcome: 'updated' }])
    expect(await stored(streamId)).toBeUndefined()
  })

  it('comes back when it is opened, whatever the time', async () => {
    const stream = await deleted(privateStream('7', { aliasIds: ['old'] }))
    const early = new Commands(store, { now: () => 5 })
    const opened = await early.open({ platform: 'qq', userInfo: { platform: 'qq', userId: '7' }, labels: { a: 'b' } })
    expect(opened).toMatchObject({ created: true, stream: { streamId: stream.streamId, labels: { a: 'b' } } })
    expect(await stored('old')).toEqual(opened.stream)
  })

  it('comes back for what happens in a chat that was merged into it, by the names that are known of each', async () => {
    const target = mergedInto(groupStream('1'), groupStream('2', { platform: 'telegram' }))
    await deleted(target)
    const inMerged = inGroup('2', { platform: 'telegram' })
    expect((await commands.record([inMerged])).results).toEqual([{ streamId: target.streamId, outcome: 'created' }])
    expect(await stored(target.streamId)).toMatchObject({
      platform: 'qq',
      groupInfo: { platform: 'qq', groupId: '1' },
      aliasIds: target.aliasIds,
      mergedChats: target.mergedChats,
    })
    expect((await stored(target.streamId))?.groupInfo?.groupName).toBeUndefined()
  })

  it('comes back once for a batch, and what follows in it is recorded', async () => {
    const { streamId } = await deleted(groupStream('1'))
    const batch = [NOW - 1, NOW + 1, NOW + 3, NOW + 2].map((activeTime) => inGroup('1', { activeTime }))
    const { results } = await commands.record(batch)
    expect(results.map(({ outcome }) => outcome)).toEqual(['unchanged', 'created', 'updated', 'unchanged'])
    expect(await stored(streamId)).toMatchObject({ createTime: NOW + 1, lastActiveTime: NOW + 3 })
  })

  it('whose id another chat has by now leaves that one alone', async () => {
    // A group whose id ends in `_private` joins to the id of a private chat.
    const { streamId } = await deleted(privateStream('9'))
    expect((await commands.record([inGroup('9_private')])).results).toEqual([{ streamId, outcome: 'created' }])
    const activity = { platform: 'qq', userInfo: { platform: 'qq', userId: '9' }, activeTime: NOW + 2 }
    await expect(commands.record([activity])).rejects.toMatchObject({ reason: 'STREAM_ID_COLLISION' })
  })

  it('comes back for nobody whom it does not concern, and is no trace of anything to them', async () => {
    await deleted(groupStream('1', { accountId: '2' }))
    const scoped = commands.as({ name: 'one', scope: { accountIds: [''] } })
    expect((await scoped.record([inGroup('1', { activeTime: 5 })])).results).toEqual([
      { streamId: groupStream('1').streamId, outcome: 'created' },
    ])
  })
})
