import { expect } from 'vitest'
import { filterable, predicateOf, type StreamFilter } from '../../../src/domain/filter.ts'
import { comparePlaces, type Place } from '../../../src/domain/place.ts'
import { type Stream, streamType } from '../../../src/domain/stream.ts'
import type { Store } from '../../../src/store/store.ts'
import { creation, deletion, groupStream, privateStream, unknownStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** `list` and `count`. */
export function lists(test: Test): void {
  test('an empty store lists and counts nothing', async ({ store }) => {
    expect((await store.list({}, undefined, 10)).found).toEqual([])
    expect((await store.count({})).found).toEqual([])
  })

  test('streams are listed in the order in which they were created', async ({ store }) => {
    const streams = ['z', 'a', 'm', '10', '9'].map((id) => groupStream(id, { streamId: id }))
    for (const stream of streams) await store.commit([creation(stream)])
    expect(await listed(store)).toEqual(streams)
  })

  test('streams of one commit take the order of its mutations', async ({ store }) => {
    const streams = Array.from({ length: 100 }, (_, i) => groupStream(`${(i * 37) % 100}`))
    await store.commit(streams.map(creation))
    expect(await listed(store)).toEqual(streams)
  })

  test('positions are non-negative safe integers in the order of the list', async ({ store }) => {
    await store.commit(['c', 'b', 'a'].map((id) => creation(groupStream(id))))
    await store.commit(['e', 'd'].map((id) => creation(groupStream(id))))
    const stored = (await store.list({}, undefined, 10)).found
    expect(stored.every(({ position }) => Number.isSafeInteger(position) && position >= 0)).toBe(true)
    expect([...stored].sort(comparePlaces)).toEqual(stored)
  })

  test('a stream keeps its place when it is updated', async ({ store }) => {
    const [a, b] = [groupStream('a'), groupStream('b')]
    await store.commit([creation(a), creation(b)])
    const [before] = (await store.get([a.streamId])).found
    const changed = { ...a, platform: 'telegram', lastActiveTime: 1_800_000_000 }
    await store.commit([update(a, changed)])
    const [after] = (await store.get([a.streamId])).found
    expect(after?.position).toBe(before?.position)
    expect(await listed(store)).toEqual([changed, b])
  })

  test('a stream that is deleted and created again goes to the end', async ({ store }) => {
    const [a, b] = [groupStream('a'), groupStream('b')]
    await store.commit([creation(a), creation(b)])
    await store.commit([deletion(b)])
    await store.commit([deletion(a)])
    await store.commit([creation(b)])
    await store.commit([creation(a)])
    expect(await listed(store)).toEqual([b, a])
  })

  test('the place of a deleted last stream is not given to the next', async ({ store }) => {
    const [a, b] = [groupStream('a', { streamId: 'z' }), groupStream('b', { streamId: 'a' })]
    await store.commit([creation(a)])
    const [last] = (await store.list({}, undefined, 1)).found
    await store.commit([deletion(a)])
    await store.commit([creation(b)])
    expect((await store.list({}, last, 10)).found).toMatchObject([{ streamId: 'a' }])
  })

  test('the order survives a reopening of the store', async ({ store, open }) => {
    const streams = ['z', 'a', 'm'].map((id) => groupStream(id))
    await store.commit(streams.map(creation))
    await store.close()
    const again = await open()
    const added = groupStream('0')
    await again.commit([creation(added)])
    expect(await listed(again)).toEqual([...streams, added])
  })

  test('a list holds at most as many streams as the limit', async ({ store }) => {
    const streams = ['a', 'b', 'c'].map((id) => groupStream(id))
    await store.commit(streams.map(creation))
    expect((await store.list({}, undefined, 2)).found.map(({ stream }) => stream)).toEqual(streams.slice(0, 2))
    expect((await store.list({}, undefined, 3)).found).toHaveLength(3)
    expect((await store.list({}, undefined, 4)).found).toHaveLength(3)
  })

  test('pages put together are the whole list', async ({ store }) => {
    const streams = Array.from({ length: 25 }, (_, i) => groupStream(`${i}`))
    await store.commit(streams.map(creation))
    for (const size of [1, 4, 5, 25, 100]) expect(await paged(store, {}, size)).toEqual(streams)
  })

  test('a page goes on behind a place whose stream was deleted meanwhile', async ({ store }) => {
    const [a, b, c] = [groupStream('a'), groupStream('b'), groupStream('c')]
    await store.commit([creation(a), creation(b), creation(c)])
    const [, place] = (await store.list({}, undefined, 2)).found
    await store.commit([deletion(b)])
    expect((await store.list({}, place, 10)).found.map(({ stream }) => stream)).toEqual([c])
  })

  test('behind the last place there is nothing until a stream is created', async ({ store }) => {
    await store.commit([creation(groupStream('a'))])
    const [last] = (await store.list({}, undefined, 1)).found
    expect((await store.list({}, last, 10)).found).toEqual([])
    const added = groupStream('b')
    await store.commit([creation(added)])
    expect((await store.list({}, last, 10)).found.map(({ stream }) => stream)).toEqual([added])
  })

  test('a place before a stream at the same position is told apart by the id', async ({ store }) => {
    const stream = groupStream('1', { streamId: '😀' })
    await store.commit([creation(stream)])
    const [{ position } = { position: -1 }] = (await store.list({}, undefined, 1)).found
    expect((await store.list({}, { position, streamId: '' }, 10)).found).toHaveLength(1)
    expect((await store.list({}, { position, streamId: 'z' }, 10)).found).toHaveLength(1)
    expect((await store.list({}, { position, streamId: '\uffee' }, 10)).found).toEqual([])
  })

  test('a filter by platform keeps exactly that platform', async ({ store }) => {
    const streams = ['qq', 'QQ', 'qq ', 'telegram', '', 'qq'].map((platform, i) => groupStream(`${i}`, { platform }))
    await store.commit(streams.map(creation))
    expect(await listed(store, { platforms: ['qq'] })).toEqual([streams[0], streams[5]])
    expect(await listed(store, { platforms: [''] })).toEqual([streams[4]])
    expect(await listed(store, { platforms: ['q'] })).toEqual([])
  })

  test('a filter by type tells groups, private chats and unknown ones apart', async ({ store }) => {
    const [group, user, unknown] = [groupStream('1'), privateStream('1'), unknownStream('u')]
    const both = groupStream('2', { userInfo: { platform: 'qq', userId: '1' } })
    await store.commit([group, user, unknown, both].map(creation))
    expect(await listed(store, { types: ['group'] })).toEqual([group, both])
    expect(await listed(store, { types: ['private'] })).toEqual([user])
    expect(await listed(store, { types: ['unknown'] })).toEqual([unknown])
  })

  test('a filter by platform and type pages through what matches both', async ({ store }) => {
    const streams = Array.from({ length: 30 }, (_, i) =>
      (i % 2 ? groupStream : privateStream)(`${i}`, { platform: i % 3 ? 'qq' : 'telegram' }),
    )
    await store.commit(streams.map(creation))
    const filter: StreamFilter = { platforms: ['qq'], types: ['group'] }
    const wanted = streams.filter((stream) => stream.platform === 'qq' && stream.groupInfo)
    expect(await listed(store, filter)).toEqual(wanted)
    expect(await paged(store, filter, 3)).toEqual(wanted)
    expect(await paged(store, { types: ['private'] }, 4)).toEqual(streams.filter((stream) => !stream.groupInfo))
  })

  test('every filter lists and counts what its predicate matches, whole and in pages', async ({ store }) => {
    const streams = Array.from({ length: 40 }, (_, i) =>
      [groupStream, privateStream][i % 2]!(`${i % 7}`, {
        streamId: `s${i}`,
        platform: ['qq', 'telegram', 'discord'][i % 3]!,
        accountId: ['', 'a', 'b'][i % 3]!,
        scope: ['', 's'][i % 2]!,
        labels: i % 5 ? {} : { team: 'blue' },
        lastActiveTime: i,
        createTime: i / 2,
      }),
    )
    await store.commit(streams.map(creation))
    const filters: StreamFilter[] = [
      { platforms: ['telegram', 'qq'] },
      { platforms: ['qq', 'qq'], types: ['private', 'group', 'private'] },
      { platforms: [] },
      { accountIds: ['a'], scopes: ['s'] },
      { streamIds: ['s7', 's3', 'none'] },
      { excludeStreamIds: streams.slice(3).map(({ streamId }) => streamId) },
      { groupIds: ['1', '2'], userIds: ['3'] },
      { labels: { team: 'blue' }, types: ['group'] },
      { activeSince: 10, quietSince: 20 },
      { createdSince: 15 },
      { nameContains: 'group 5' },
    ]
    for (const filter of filters) {
      const isMatch = predicateOf(filter)
      const wanted = streams.filter((stream) => isMatch(filterable(stream)))
      expect(await listed(store, filter)).toEqual(wanted)
      expect(await paged(store, filter, 3)).toEqual(wanted)
      const counts = (await store.count(filter)).found
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(wanted.length)
      expect(counts.every(({ count }) => count > 0)).toBe(true)
      for (const { platform, type, count } of counts) {
        const ofBoth = wanted.filter((stream) => stream.platform === platform && streamType(stream) === type)
        expect(ofBoth).toHaveLength(count)
      }
    }
  })

  test('a filter follows what a stream changes into', async ({ store }) => {
    const before = groupStream('1', { streamId: 'fixed' })
    const after = privateStream('1', { streamId: 'fixed', platform: 'telegram' })
    await store.commit([creation(before)])
    await store.commit([update(before, after)])
    expect(await listed(store, { platforms: ['qq'] })).toEqual([])
    expect(await listed(store, { types: ['group'] })).toEqual([])
    expect(await listed(store, { platforms: ['telegram'], types: ['private'] })).toEqual([after])
  })

  test('count tells each platform and type that has streams, and no other', async ({ store }) => {
    const gone = groupStream('gone', { platform: 'gone' })
    await store.commit([
      creation(groupStream('1')),
      creation(groupStream('2', { userInfo: { platform: 'qq', userId: '1' } })),
      creation(privateStream('1')),
      creation(privateStream('1', { platform: 'QQ' })),
      creation(unknownStream('u', { platform: '' })),
      creation(gone),
    ])
    await store.commit([deletion(gone)])
    const counts = (await store.count({})).found
    expect(counts).toHaveLength(4)
    expect(new Set(counts)).toEqual(
      new Set([
        { platform: 'qq', type: 'group', count: 2 },
        { platform: 'qq', type: 'private', count: 1 },
        { platform: 'QQ', type: 'private', count: 1 },
        { platform: '', type: 'unknown', count: 1 },
      ]),
    )
  })
}

async function listed(store: Store, filter: StreamFilter = {}): Promise<Stream[]> {
  return (await store.list(filter, undefined, 1_000)).found.map(({ stream }) => stream)
}

async function paged(store: Store, filter: StreamFilter, size: number): Promise<Stream[]> {
  const streams: Stream[] = []
  let after: Place | undefined
  for (;;) {
    const page = (await store.list(filter, after, size)).found
    streams.push(...page.map(({ stream }) => stream))
    if (page.length < size) return streams
    after = page.at(-1)
  }
}
