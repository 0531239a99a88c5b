import { expect } from 'vitest'
import type { Stream } from '../../../src/domain/stream.ts'
import type { Store, TargetQuery } from '../../../src/store/store.ts'
import {
  creation,
  deletion,
  groupStream,
  merge,
  mergedInto,
  privateStream,
  unknownStream,
  update,
} from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { conflict } from './commits.ts'

/** What was merged into streams, and merging itself. */
export function merges(test: Test): void {
  test('a merged stream is gone, and its id and its target lead to the other', async ({ store }) => {
    const [source, target] = [groupStream('a', { aliasIds: ['old'] }), groupStream('b')]
    await store.commit([creation(source), creation(target)])
    await store.commit(merge(source, target))
    const merged = mergedInto(target, source)
    const { found } = await store.get([source.streamId, 'old', target.streamId])
    expect(found.map((stored) => stored?.stream)).toEqual([merged, merged, merged])
    expect(await foundBy(store, group('a'))).toEqual([merged])
    expect(await foundBy(store, group('b'))).toEqual([merged])
    expect((await store.list({}, undefined, 9)).found.map(({ stream }) => stream)).toEqual([merged])
    expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 1 }])
  })

  test('the target of a merged chat leads on the platform of that chat', async ({ store }) => {
    const [source, target] = [groupStream('a', { platform: 'telegram' }), groupStream('b')]
    await store.commit([creation(source), creation(target)])
    await store.commit(merge(source, target))
    const merged = mergedInto(target, source)
    expect(await foundBy(store, group('a', 'telegram'))).toEqual([merged])
    expect(await foundBy(store, group('a', 'qq'))).toEqual([])
    expect(await foundBy(store, group('b', 'telegram'))).toEqual([])
    expect(await foundBy(store, user('a'))).toEqual([])
  })

  test('two accounts of one chat that are merged are found once', async ({ store }) => {
    const [source, target] = [privateStream('7'), privateStream('7', { accountId: '10001' })]
    await store.commit([creation(source), creation(target)])
    await store.commit(merge(source, target))
    expect(await foundBy(store, user('7'))).toEqual([mergedInto(target, source)])
    expect(await foundBy(store, user('7', 'qq'))).toEqual([mergedInto(target, source)])
  })

  test('a chain of merges leads to its end at once', async ({ store }) => {
    const [a, b, c] = [groupStream('a'), groupStream('b'), groupStream('c')]
    await store.commit([a, b, c].map(creation))
    await store.commit(merge(a, b))
    await store.commit(merge(mergedInto(b, a), c))
    const end = mergedInto(c, mergedInto(b, a))
    for (const id of ['a', 'b', 'c']) {
      expect(await foundBy(store, group(id))).toEqual([end])
      expect((await store.get([groupStream(id).streamId])).found[0]?.stream).toEqual(end)
    }
    expect((await store.list({}, undefined, 9)).found).toHaveLength(1)
  })

  test('a merged chat of type unknown leads by its id alone', async ({ store }) => {
    const [source, target] = [unknownStream('a'), unknownStream('b')]
    await store.commit([creation(source), creation(target)])
    await store.commit(merge(source, target))
    expect((await store.get(['a'])).found[0]?.stream).toEqual(mergedInto(target, source))
  })

  test('the most recently active comes first, also of those that a merged chat led to', async ({ store }) => {
    const source = groupStream('a', { accountId: '1' })
    const target = groupStream('b', { lastActiveTime: 10 })
    const other = groupStream('a', { accountId: '2', lastActiveTime: 20 })
    await store.commit([source, target, other].map(creation))
    await store.commit(merge(source, target))
    const merged = mergedInto(target, source)
    expect(await foundBy(store, group('a'))).toEqual([other, merged])
    const later = { ...merged, lastActiveTime: 30 }
    await store.commit([update(merged, later)])
    expect(await foundBy(store, group('a'))).toEqual([later, other])
  })

  test('what was merged is found as a stream gains and loses it, and not once that is deleted', async ({ store }) => {
    const stream = groupStream('a')
    const merged = mergedInto(mergedInto(stream, groupStream('b')), groupStream('c'))
    await store.commit([creation(merged)])
    expect(await foundBy(store, group('b'))).toEqual([merged])
    const less = { ...merged, mergedChats: merged.mergedChats!.slice(1) }
    await store.commit([update(merged, less)])
    expect([await foundBy(store, group('b')), await foundBy(store, group('c'))]).toEqual([[], [less]])
    await store.commit([update(less, stream)])
    expect(await foundBy(store, group('c'))).toEqual([])
    await store.commit([update(stream, merged)])
    await store.commit([deletion(merged)])
    expect(await foundBy(store, group('b'))).toEqual([])
  })

  test('a merge from a state that is no longer the stored one is a conflict', async ({ store }) => {
    const [source, target] = [groupStream('a'), groupStream('b')]
    await store.commit([creation(source), creation(target)])
    const changed = { ...source, lastActiveTime: 1 }
    await store.commit([update(source, changed)])
    expect(await conflict(store, merge(source, target))).toEqual([source.streamId])
    expect((await store.get([source.streamId])).found[0]?.stream).toEqual(changed)
  })

  test('nothing is remembered as deleted of a stream that was merged', async ({ store }) => {
    const [source, target] = [groupStream('a'), groupStream('b')]
    await store.commit([creation(source), creation(target)])
    await store.commit(merge(source, target))
    expect((await store.tombstones([source.streamId], [group('a')])).found).toEqual([])
    expect((await store.snapshot()).tombstones).toEqual([])
  })
}

function group(id: string, platform?: string): TargetQuery {
  return { target: { kind: 'group', id }, platform }
}

function user(id: string, platform?: string): TargetQuery {
  return { target: { kind: 'private', id }, platform }
}

async function foundBy(store: Store, query: TargetQuery): Promise<Stream[]> {
  const [answer = []] = (await store.find([query])).found
  return answer.map(({ stream }) => stream)
}
