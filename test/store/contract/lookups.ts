import { expect } from 'vitest'
import type { Stream } from '../../../src/domain/stream.ts'
import type { Store, TargetQuery } from '../../../src/store/store.ts'
import { creation, deletion, groupStream, privateStream, unknownStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** `get` and `find`. */
export function lookups(test: Test): void {
  test('an empty store finds nothing', async ({ store }) => {
    expect((await store.get(['a', ''])).found).toEqual([undefined, undefined])
    expect(await found(store, group('1'))).toEqual([])
    expect((await store.get([])).found).toEqual([])
    expect((await store.find([])).found).toEqual([])
  })

  test('get answers in the order asked for, with gaps, and twice where asked twice', async ({ store }) => {
    const [a, b] = [groupStream('1'), privateStream('2')]
    await store.commit([creation(a), creation(b)])
    const stored = (await store.get([b.streamId, 'missing', a.streamId, b.streamId])).found
    expect(stored.map((entry) => entry?.stream)).toEqual([b, undefined, a, b])
    expect(stored.map((entry) => entry?.streamId)).toEqual([b.streamId, undefined, a.streamId, b.streamId])
  })

  test('get answers for a thousand ids at once', async ({ store }) => {
    const streams = Array.from({ length: 1_000 }, (_, i) => groupStream(`${i}`))
    await store.commit(streams.map(creation))
    const stored = (await store.get(streams.map(({ streamId }) => streamId).reverse())).found
    expect(stored.map((entry) => entry?.stream)).toEqual([...streams].reverse())
  })

  test('ids are text: 7, 007, 7.0 and 7 with a space are four groups', async ({ store }) => {
    const streams = ['7', '007', '7.0', '7 '].map((id) => groupStream(id))
    await store.commit(streams.map(creation))
    for (const [i, id] of ['7', '007', '7.0', '7 '].entries())
      expect(await found(store, group(id))).toEqual([streams[i]])
    expect(await found(store, group('07'))).toEqual([])
  })

  test('ids longer than any number come back and are told apart', async ({ store }) => {
    const ids = ['9007199254740993', '9007199254740992', '18446744073709551616', '1e3', '1000']
    const streams = ids.map((id) => privateStream(id))
    await store.commit(streams.map(creation))
    for (const [i, id] of ids.entries()) expect(await found(store, user(id))).toEqual([streams[i]])
  })

  test('stream ids, targets and platforms are told apart by case', async ({ store }) => {
    const streams = ['abc', 'ABC', 'Abc'].map((id) => groupStream(id, { streamId: id, platform: id }))
    await store.commit(streams.map(creation))
    expect((await store.get(['ABC', 'aBC'])).found.map((entry) => entry?.stream)).toEqual([streams[1], undefined])
    expect(await found(store, group('Abc'))).toEqual([streams[2]])
    expect(await found(store, group('abc', 'abc'))).toEqual([streams[0]])
    expect(await found(store, group('abc', 'ABC'))).toEqual([])
  })

  test('a group and a user with the same id are two targets', async ({ store }) => {
    const [byGroup, byUser] = [groupStream('5'), privateStream('5')]
    await store.commit([creation(byGroup), creation(byUser)])
    expect(await found(store, group('5'))).toEqual([byGroup])
    expect(await found(store, user('5'))).toEqual([byUser])
  })

  test('the user last seen in a group is not the target of its stream', async ({ store }) => {
    await store.commit([creation(groupStream('5', { userInfo: { platform: 'qq', userId: '6' } }))])
    expect(await found(store, user('6'))).toEqual([])
  })

  test('a stream of type unknown is no target', async ({ store }) => {
    await store.commit([creation(unknownStream('nobody'))])
    expect((await store.find([group(''), user(''), user('nobody')])).found).toEqual([[], [], []])
  })

  test('an empty id finds only the streams with the empty id', async ({ store }) => {
    const [empty, other] = [groupStream(''), groupStream('1')]
    await store.commit([creation(empty), creation(other)])
    expect(await found(store, group(''))).toEqual([empty])
  })

  test('find covers every platform unless the query names one', async ({ store }) => {
    const streams = ['qq', 'telegram', 'qq2'].map((platform) => groupStream('5', { platform }))
    await store.commit(streams.map(creation))
    expect(new Set(await found(store, group('5')))).toEqual(new Set(streams))
    expect(await found(store, group('5', 'telegram'))).toEqual([streams[1]])
    expect(await found(store, group('5', 'q'))).toEqual([])
    expect(await found(store, group('5', ''))).toEqual([])
  })

  test("find matches the stream's platform, not that of its user or group", async ({ store }) => {
    const stream = groupStream('5', { groupInfo: { platform: 'other', groupId: '5' } })
    await store.commit([creation(stream)])
    expect(await found(store, group('5', 'qq'))).toEqual([stream])
    expect(await found(store, group('5', 'other'))).toEqual([])
  })

  test('find covers every account and every scope', async ({ store }) => {
    const streams = [
      privateStream('5'),
      privateStream('5', { accountId: '10001' }),
      privateStream('5', { accountId: '10001', scope: 's1' }),
      privateStream('5', { scope: 's1' }),
    ]
    await store.commit(streams.map(creation))
    const ids = (await found(store, user('5', 'qq'))).map(({ streamId }) => streamId)
    expect(ids.sort()).toEqual(streams.map(({ streamId }) => streamId).sort())
  })

  test('find puts the most recently active first', async ({ store }) => {
    const streams = [3, 1.5, 4.25, -1, 4.5].map((lastActiveTime, i) =>
      groupStream('5', { accountId: `${i}`, lastActiveTime }),
    )
    await store.commit(streams.map(creation))
    const times = (await found(store, group('5'))).map((stream) => stream.lastActiveTime)
    expect(times).toEqual([4.5, 4.25, 3, 1.5, -1])
  })

  test('of equally recent streams find puts the smaller id first, by UTF-16 code units', async ({ store }) => {
    const ids = ['b', 'a', 'B', '\uffee', '😀', 'á', 'aa', '10', '9']
    const streams = ids.map((streamId) => groupStream('5', { streamId, platform: `p${streamId}` }))
    await store.commit(streams.map(creation))
    expect((await found(store, group('5'))).map(({ streamId }) => streamId)).toEqual([...ids].sort())
  })

  test('find follows the activity of a stream', async ({ store }) => {
    const [a, b] = [groupStream('5', { lastActiveTime: 10 }), groupStream('5', { platform: 'x', lastActiveTime: 20 })]
    await store.commit([creation(a), creation(b)])
    const later = { ...a, lastActiveTime: 30 }
    await store.commit([update(a, later)])
    expect(await found(store, group('5'))).toEqual([later, b])
  })

  test('find answers several queries at once, in their order, also the same one twice', async ({ store }) => {
    const [a, b] = [groupStream('1'), privateStream('2')]
    await store.commit([creation(a), creation(b)])
    const answers = (await store.find([user('2'), group('9'), group('1'), user('2', 'qq')])).found
    expect(answers.map((answer) => answer.map(({ stream }) => stream))).toEqual([[b], [], [a], [b]])
  })

  test('a stream that changes its target is found by the new one only', async ({ store }) => {
    const before = groupStream('1', { streamId: 'fixed' })
    const after = privateStream('2', { streamId: 'fixed', platform: 'telegram' })
    await store.commit([creation(before)])
    await store.commit([update(before, after)])
    expect(await found(store, group('1'))).toEqual([])
    expect(await found(store, user('2', 'telegram'))).toEqual([after])
  })

  test('a deleted stream is found no more', async ({ store }) => {
    const stream = groupStream('1')
    await store.commit([creation(stream)])
    await store.commit([deletion(stream)])
    expect((await store.get([stream.streamId])).found).toEqual([undefined])
    expect(await found(store, group('1'))).toEqual([])
  })

  test('a stream is found by its aliases, and tells its own id', async ({ store }) => {
    const [a, b] = [groupStream('1', { aliasIds: ['old', 'older', 'ö"\u0000'] }), groupStream('2')]
    await store.commit([creation(a), creation(b)])
    const { found } = await store.get(['older', b.streamId, 'none', 'ö"\u0000', 'OLD', 'old', a.streamId])
    expect(found.map((stored) => stored?.stream)).toEqual([a, b, undefined, a, undefined, a, a])
  })

  test('an alias is never taken before the id of a stream', async ({ store }) => {
    const [a, b] = [groupStream('1', { aliasIds: [groupStream('2').streamId] }), groupStream('2')]
    await store.commit([creation(a)])
    expect((await store.get([b.streamId])).found[0]?.stream).toEqual(a)
    await store.commit([creation(b)])
    expect((await store.get([b.streamId])).found[0]?.stream).toEqual(b)
    await store.commit([deletion(b)])
    expect((await store.get([b.streamId])).found[0]?.stream).toEqual(a)
  })

  test('of several streams with one alias it leads to the first in the order of lists', async ({ store }) => {
    const streams = ['3', '1', '2'].map((id) => groupStream(id, { aliasIds: ['shared', `own ${id}`] }))
    for (const stream of streams) await store.commit([creation(stream)])
    expect((await store.get(['shared', 'own 2'])).found.map((stored) => stored?.stream)).toEqual([
      streams[0],
      streams[2],
    ])
    await store.commit([deletion(streams[0]!)])
    expect((await store.get(['shared'])).found[0]?.stream).toEqual(streams[1])
  })

  test('aliases are found as a stream gains and loses them', async ({ store }) => {
    let stream = groupStream('1')
    await store.commit([creation(stream)])
    for (const aliasIds of [['a'], ['a', 'b'], ['b'], [], ['a']]) {
      const next = { ...stream, aliasIds }
      await store.commit([update(stream, next)])
      const { found } = await store.get(['a', 'b'])
      expect(found.map((stored) => stored?.stream)).toEqual(
        ['a', 'b'].map((alias) => (aliasIds.includes(alias) ? next : undefined)),
      )
      stream = next
    }
    await store.commit([deletion(stream)])
    expect((await store.get(['a'])).found).toEqual([undefined])
  })

  test('creating a stream under the alias of another is no conflict', async ({ store }) => {
    await store.commit([creation(groupStream('1', { aliasIds: ['x'] }))])
    await store.commit([creation(groupStream('2', { streamId: 'x' }))])
    expect((await store.get(['x'])).found[0]?.stream.groupInfo?.groupId).toBe('2')
  })
}

function group(id: string, platform?: string): TargetQuery {
  return { target: { kind: 'group', id }, platform }
}

function user(id: string, platform?: string): TargetQuery {
  return { target: { kind: 'private', id }, platform }
}

async function found(store: Store, query: TargetQuery): Promise<Stream[]> {
  const [answer = []] = (await store.find([query])).found
  return answer.map(({ stream }) => stream)
}
