import { expect } from 'vitest'
import { type Tombstone, tombstoneOf } from '../../../src/domain/tombstone.ts'
import type { Store, TargetQuery } from '../../../src/store/store.ts'
import {
  creation,
  DELETE_TIME,
  deletion,
  groupStream,
  merge,
  mergedInto,
  privateStream,
  unknownStream,
  update,
} from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** What is remembered of deleted streams. */
export function tombstones(test: Test): void {
  test('a store from which nothing was deleted remembers nothing', async ({ store }) => {
    await store.commit([creation(groupStream('a'))])
    expect(await remembered(store, [groupStream('a').streamId, 'x', ''], [group('a')])).toEqual([])
    expect(await remembered(store, [], [])).toEqual([])
  })

  test('a deleted stream is remembered by its id, its aliases and its target, without its names and labels', async ({
    store,
  }) => {
    const stream = groupStream('a', {
      accountId: '10001',
      scope: 's',
      userInfo: { platform: 'qq', userId: '1', userNickname: 'n' },
      labels: { a: 'b' },
      customName: 'ours',
      aliasIds: ['old', 'older'],
    })
    await store.commit([creation(stream), creation(groupStream('b'))])
    await store.commit([deletion(stream)])
    const tombstone: Tombstone = {
      streamId: stream.streamId,
      ...{ platform: 'qq', accountId: '10001', scope: 's', groupId: 'a' },
      aliasIds: ['old', 'older'],
      deleteTime: DELETE_TIME,
    }
    for (const id of [stream.streamId, 'old', 'older']) expect(await remembered(store, [id])).toEqual([tombstone])
    expect(await remembered(store, [], [group('a')])).toEqual([tombstone])
    expect(await remembered(store, [], [group('a', 'qq')])).toEqual([tombstone])
    expect(await remembered(store, [], [group('a', 'telegram'), group('A'), user('a'), user('1')])).toEqual([])
    expect(await remembered(store, ['OLD', groupStream('b').streamId])).toEqual([])
  })

  test('what many ids and targets lead to is remembered once', async ({ store }) => {
    const streams = [groupStream('a', { aliasIds: ['x'] }), privateStream('b'), unknownStream('nobody')]
    await store.commit(streams.map(creation))
    await store.commit(streams.map((stream, i) => deletion(stream, DELETE_TIME + i)))
    const ids = [...streams.map(({ streamId }) => streamId), 'x', 'nobody', 'none']
    const found = await remembered(store, ids, [group('a'), user('b'), user('b', 'qq'), group('c')])
    expect(found).toEqual(expect.arrayContaining(streams.map((stream, i) => tombstoneOf(stream, DELETE_TIME + i))))
    expect(found).toHaveLength(streams.length)
  })

  test('a deleted stream is remembered by the chats that were merged into it', async ({ store }) => {
    const [source, target] = [groupStream('a', { platform: 'telegram' }), groupStream('b')]
    await store.commit([creation(source), creation(target)])
    await store.commit(merge(source, target))
    expect(await remembered(store, [source.streamId], [group('a')])).toEqual([])
    const merged = mergedInto(target, source)
    await store.commit([deletion(merged)])
    const tombstone = tombstoneOf(merged, DELETE_TIME)
    expect(await remembered(store, [source.streamId])).toEqual([tombstone])
    expect(await remembered(store, [], [group('a')])).toEqual([tombstone])
    expect(await remembered(store, [], [group('a', 'telegram')])).toEqual([tombstone])
    expect(await remembered(store, [], [group('a', 'qq'), group('b', 'telegram')])).toEqual([])
  })

  test('a stream that is created again is remembered as deleted no more, until it is deleted again', async ({
    store,
  }) => {
    const stream = groupStream('a', { aliasIds: ['old'] })
    await store.commit([creation(stream)])
    await store.commit([deletion(stream)])
    const again = groupStream('a', { lastActiveTime: DELETE_TIME + 1 })
    await store.commit([creation(again)])
    expect(await remembered(store, [stream.streamId, 'old'], [group('a')])).toEqual([])
    expect((await store.get([stream.streamId, 'old'])).found.map((found) => found?.stream)).toEqual([again, undefined])
    await store.commit([deletion(again, DELETE_TIME + 2)])
    expect(await remembered(store, [stream.streamId, 'old'], [group('a')])).toEqual([
      tombstoneOf(again, DELETE_TIME + 2),
    ])
  })

  test('a stream of a deleted chat takes a place of its own in lists', async ({ store }) => {
    const [a, b] = [groupStream('a'), groupStream('b')]
    await store.commit([creation(a)])
    await store.commit([creation(b)])
    await store.commit([deletion(a)])
    const again = { ...a, lastActiveTime: DELETE_TIME + 1 }
    await store.commit([creation(again)])
    expect((await store.list({}, undefined, 9)).found.map(({ stream }) => stream)).toEqual([b, again])
    expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 2 }])
  })

  test('a snapshot holds what is remembered as of its revision', async ({ store }) => {
    const streams = ['a', 'b', 'c'].map((id) => groupStream(id))
    await store.commit(streams.map(creation))
    await store.commit([deletion(streams[0]!), deletion(streams[1]!)])
    await store.commit([creation({ ...streams[1]!, lastActiveTime: DELETE_TIME + 1 })])
    const snapshot = await store.snapshot()
    await store.commit([deletion(streams[2]!)])
    for await (const _ of snapshot.batches) break
    expect(snapshot.tombstones).toEqual([tombstoneOf(streams[0]!, DELETE_TIME)])
  })

  test('what is remembered outlives the store object', async ({ store, open }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    await store.commit([deletion(stream)])
    await store.close()
    expect(await remembered(await open(), [stream.streamId])).toEqual([tombstoneOf(stream, DELETE_TIME)])
  })

  test('nothing is remembered of a deletion that is refused', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    const changed = { ...stream, lastActiveTime: 1 }
    await store.commit([update(stream, changed)])
    await expect(store.commit([deletion(stream)])).rejects.toThrow()
    expect(await remembered(store, [stream.streamId])).toEqual([])
    expect((await store.get([stream.streamId])).found[0]?.stream).toEqual(changed)
  })
}

async function remembered(
  store: Store,
  streamIds: readonly string[],
  queries: readonly TargetQuery[] = [],
): Promise<Tombstone[]> {
  return (await store.tombstones(streamIds, queries)).found
}

function group(id: string, platform?: string): TargetQuery {
  return { target: { kind: 'group', id }, platform }
}

function user(id: string, platform?: string): TargetQuery {
  return { target: { kind: 'private', id }, platform }
}
