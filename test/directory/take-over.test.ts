import { beforeEach, describe, expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { MAX_TIME } from '../../src/domain/limits.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream, privateStream, unknownStream } from '../support/streams.ts'

let store: Store
let commands: Commands

beforeEach(async () => {
  store = await openTestStore()
  commands = new Commands(store, { now: () => 1_700_000_000 })
})

const WHOLE = groupStream('1', {
  streamId: 'an id of its own',
  accountId: '10001',
  scope: 'a scope',
  userInfo: { platform: 'tg', userId: '7', userNickname: 'Mai', userCardname: '' },
  createTime: -5.25,
  lastActiveTime: 1_700_000_000.125,
  labels: { team: 'blue' },
  aliasIds: ['old-1', 'older-1'],
  customName: 'Cats',
})

async function takeOver(...streams: Stream[]) {
  const { results } = await commands.takeOver(streams)
  return results.map((result) => (result.outcome === 'refused' ? result.error.message : result.outcome))
}

async function all(): Promise<Stream[]> {
  return (await store.list({}, undefined, 100)).found.map(({ stream }) => stream)
}

describe('streams of another store', () => {
  it('are taken over with all that they hold, in their order', async () => {
    const streams = [privateStream('7'), WHOLE, unknownStream('neither'), groupStream('0')]
    expect(await takeOver(...streams)).toEqual(['created', 'created', 'created', 'created'])
    expect(await all()).toEqual(streams)
  })

  it('are unchanged the second time', async () => {
    const streams = [WHOLE, privateStream('7')]
    await takeOver(...streams)
    const { revision } = await commands.takeOver(streams)
    expect(revision).toBeUndefined()
    expect(await takeOver(...streams)).toEqual(['unchanged', 'unchanged'])
  })

  it('are not written in a dry run', async () => {
    const { results } = await commands.takeOver([WHOLE], { dryRun: true })
    expect(results).toEqual([{ outcome: 'created', streamId: WHOLE.streamId }])
    expect(await all()).toEqual([])
  })

  it('keep a time that is ahead of the clock', async () => {
    await takeOver({ ...WHOLE, lastActiveTime: MAX_TIME })
    expect(await all()).toMatchObject([{ lastActiveTime: MAX_TIME }])
  })

  it('are refused one by one where they break a limit, and say all that is wrong', async () => {
    const broken = { ...WHOLE, labels: { '': 'a' }, aliasIds: ['x'.repeat(256)], customName: 'n'.repeat(16_385) }
    expect(await takeOver(broken, privateStream('7'))).toEqual([
      'custom_name: must be at most 16384 bytes, is 16385; alias_ids: must be at most 255 bytes, is 256; labels[""]: must not be empty',
      'created',
    ])
  })

  it('are refused where their id belongs to another chat', async () => {
    await takeOver(WHOLE)
    expect(await takeOver({ ...WHOLE, accountId: '10002' })).toEqual([expect.stringContaining('already belongs to')])
    expect(await all()).toEqual([WHOLE])
  })
})

describe('a stream that is here already', () => {
  const here = groupStream('1', { labels: { team: 'red' }, aliasIds: ['a'], lastActiveTime: 1_700_000_000 })

  it('keeps its labels, its custom name and its aliases, and gets those that it lacks', async () => {
    await takeOver({ ...here, customName: 'Here' })
    const there = { ...here, labels: { team: 'blue', mood: 'good' }, aliasIds: ['b', 'a'], customName: 'There' }
    expect(await takeOver(there)).toEqual(['updated'])
    expect(await all()).toEqual([
      { ...here, labels: { team: 'red', mood: 'good' }, aliasIds: ['a', 'b'], customName: 'Here' },
    ])
    expect(await takeOver(there)).toEqual(['unchanged'])
  })

  it('gets a custom name where it has none', async () => {
    await takeOver(here)
    await takeOver({ ...here, customName: 'There' })
    expect(await all()).toEqual([{ ...here, customName: 'There' }])
  })

  it('takes names and times as those of activity: newer ones replace older ones', async () => {
    await takeOver(here)
    const named = (groupName: string) => ({ platform: 'qq', groupId: '1', groupName })
    await takeOver({ ...here, groupInfo: named('older'), lastActiveTime: 5, createTime: 4 })
    expect(await all()).toEqual([{ ...here, createTime: 4 }])
    await takeOver({ ...here, groupInfo: named('newer'), lastActiveTime: 1_700_000_001 })
    expect(await all()).toEqual([{ ...here, groupInfo: named('newer'), createTime: 4, lastActiveTime: 1_700_000_001 }])
  })

  it('refuses labels that would be too many together', async () => {
    const labels = (prefix: string) => Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${prefix}${i}`, '']))
    await takeOver({ ...here, labels: labels('a') })
    expect(await takeOver({ ...here, labels: labels('b') })).toEqual([
      'labels: would be 80 together with those that are here; at most 64 are kept',
    ])
  })

  it('stays merged where the other store has not merged it yet', async () => {
    const merged = groupStream('1', { aliasIds: ['old'], lastActiveTime: 5 })
    await store.commit([creation(merged)])
    const old = groupStream('2', { streamId: 'old', labels: { a: 'b' }, aliasIds: ['older'], lastActiveTime: 9 })
    expect(await takeOver({ ...old, customName: 'Old' })).toEqual(['updated'])
    expect(await all()).toEqual([{ ...merged, aliasIds: ['old', 'older'], lastActiveTime: 9 }])
    expect(await takeOver({ ...old, customName: 'Old' })).toEqual(['unchanged'])
  })

  it('is found under an alias that came with an earlier stream of the same batch', async () => {
    await takeOver(here)
    await takeOver({ ...here, aliasIds: ['old'] }, groupStream('2', { streamId: 'old', lastActiveTime: 1_700_000_009 }))
    expect(await all()).toEqual([{ ...here, aliasIds: ['a', 'old'], lastActiveTime: 1_700_000_009 }])
  })
})
