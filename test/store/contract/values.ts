import { expect } from 'vitest'
import { etagOf } from '../../../src/domain/etag.ts'
import { MAX_TIME, MIN_TIME } from '../../../src/domain/limits.ts'
import type { Stream } from '../../../src/domain/stream.ts'
import type { Store } from '../../../src/store/store.ts'
import { creation, groupStream, privateStream, unknownStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** NFC, NFD, astral, emoji of several code points, right to left with marks, and what a careless layer would trim or cut. */
const TEXTS = {
  'composed and decomposed letters': ['\u00e9', 'e\u0301'],
  'characters outside the basic plane': ['𠮷野家', '\u{10ffff}'],
  'emoji of several code points': ['👩‍👩‍👧‍👦', '🏳️‍🌈', '❤'],
  'right-to-left text with marks': ['\u202eשלום\u202c', 'مرحبا'],
  'spaces and line ends at both sides': [' a ', 'a', '\ta\r\n', '\u00a0a'],
  'control characters, also NUL in the middle': ['a\u0000b', 'a', 'a\u0000c', '\u0001'],
  'quotes, dollars, dots and percents': ['$gt', 'a.b', "'; --", '%', '_', '\\', '{}', '[]'],
}

/** A stream comes back as it was written, whatever it holds. */
export function values(test: Test): void {
  test('a stream comes back with every field as it was written', async ({ store }) => {
    const stream: Stream = {
      streamId: 'a-stream',
      platform: 'telegram',
      accountId: '10001',
      scope: 's1',
      userInfo: { platform: 'tg-user', userId: '42', userNickname: 'Nick', userCardname: 'Card' },
      groupInfo: { platform: 'tg-group', groupId: '-100', groupName: 'Name' },
      createTime: 1_600_000_000.25,
      lastActiveTime: 1_700_000_000.75,
      labels: { team: 'blue', area: 'north' },
      aliasIds: ['old-2', 'old-1'],
      customName: 'Our corner',
      mergedChats: [
        { streamId: 'old-2', platform: 'qq', accountId: '', scope: '', groupId: '7' },
        { streamId: 'old-1', platform: 'telegram', accountId: '10001', scope: 's', userId: '' },
        { streamId: 'old-0', platform: '', accountId: '', scope: '' },
      ],
    }
    await holds(store, stream)
  })

  test('a group stream without a user comes back without one', async ({ store }) => {
    const stream = await holds(store, groupStream('1'))
    expect(stream.userInfo).toBeUndefined()
  })

  test('a private stream comes back without a group', async ({ store }) => {
    const stream = await holds(store, privateStream('1'))
    expect(stream.groupInfo).toBeUndefined()
  })

  test('a stream of type unknown comes back with neither user nor group', async ({ store }) => {
    const stream = await holds(store, unknownStream('nobody'))
    expect([stream.userInfo, stream.groupInfo]).toEqual([undefined, undefined])
  })

  test('a user and a group with empty ids are not absent', async ({ store }) => {
    const stream = await holds(
      store,
      groupStream('', { userInfo: { platform: '', userId: '', userNickname: '', userCardname: '' } }),
    )
    expect(stream.userInfo).toEqual({ platform: '', userId: '', userNickname: '', userCardname: '' })
    expect(stream.groupInfo?.groupId).toBe('')
  })

  test('absent names stay absent', async ({ store }) => {
    const stream = await holds(store, {
      ...groupStream('1'),
      groupInfo: { platform: 'qq', groupId: '1' },
      userInfo: { platform: 'qq', userId: '2' },
    })
    expect(stream.groupInfo?.groupName).toBeUndefined()
    expect(stream.userInfo?.userNickname).toBeUndefined()
    expect(stream.userInfo?.userCardname).toBeUndefined()
  })

  test('empty names stay empty and do not turn absent', async ({ store }) => {
    const stream = await holds(store, {
      ...groupStream('1'),
      groupInfo: { platform: 'qq', groupId: '1', groupName: '' },
      userInfo: { platform: 'qq', userId: '2', userNickname: '', userCardname: '' },
    })
    expect(stream.groupInfo?.groupName).toBe('')
    expect(stream.userInfo).toEqual({ platform: 'qq', userId: '2', userNickname: '', userCardname: '' })
  })

  test('a name can become absent, and a user can go', async ({ store }) => {
    const before = groupStream('1', { userInfo: { platform: 'qq', userId: '2', userNickname: 'Nick' } })
    const { userInfo: _, ...without } = before
    const after: Stream = { ...without, groupInfo: { platform: 'qq', groupId: '1' } }
    await store.commit([creation(before)])
    await store.commit([update(before, after)])
    const [stored] = (await store.get([before.streamId])).found
    expect(stored?.stream.userInfo).toBeUndefined()
    expect(stored?.stream.groupInfo).toEqual({ platform: 'qq', groupId: '1' })
  })

  test('a name given by people can be given, changed and taken back', async ({ store }) => {
    let stream = await holds(store, groupStream('1'))
    expect(stream.customName).toBeUndefined()
    for (const customName of ['ours', '我们的 🐾', undefined]) {
      const next = { ...stream, customName }
      await store.commit([update(stream, next)])
      const [stored] = (await store.get([stream.streamId])).found
      expect(stored?.stream.customName).toBe(customName)
      expect(stored && etagOf(stored.stream)).toBe(etagOf(next))
      stream = next
    }
  })

  test('names of 10 kB come back whole', async ({ store }) => {
    const name = '名前😀x'.repeat(1_000)
    await holds(store, {
      ...groupStream('1'),
      groupInfo: { platform: 'qq', groupId: '1', groupName: name },
      userInfo: { platform: 'qq', userId: '2', userNickname: name, userCardname: `${name}.` },
    })
  })

  for (const [what, texts] of Object.entries(TEXTS)) {
    test(`text comes back unchanged: ${what}`, async ({ store }) => {
      const streams = texts.map((text, i) =>
        groupStream('1', {
          streamId: `stream-${i}`,
          platform: text,
          accountId: text,
          scope: text,
          userInfo: { platform: text, userId: text, userNickname: text, userCardname: text },
          groupInfo: { platform: text, groupId: text, groupName: text },
          labels: { text },
          aliasIds: [text],
        }),
      )
      await store.commit(streams.map(creation))
      const stored = (await store.get(streams.map(({ streamId }) => streamId))).found
      expect(stored.map((found) => found?.stream)).toEqual(streams)
    })

    test(`ids are compared byte for byte: ${what}`, async ({ store }) => {
      const streams = texts.map((text) => privateStream(text, { streamId: text }))
      await store.commit(streams.map(creation))
      const byId = (await store.get(texts)).found
      expect(byId.map((found) => found?.streamId)).toEqual(texts)
      const byTarget = (await store.find(texts.map((id) => ({ target: { kind: 'private', id } })))).found
      expect(byTarget.map((found) => found.map(({ streamId }) => streamId))).toEqual(texts.map((text) => [text]))
    })
  }

  test('times come back as the exact doubles that were written', async ({ store }) => {
    const times = [
      0,
      1,
      1.0,
      -1,
      -0.5,
      0.1,
      1e-7,
      1_700_000_000,
      1_733_061_234.123_456_7,
      1_733_061_234.999_999_8,
      MIN_TIME,
      MAX_TIME,
    ]
    const streams = times.map((time, i) => groupStream(`${i}`, { createTime: time, lastActiveTime: -time / 5 + 0 }))
    await store.commit(streams.map(creation))
    const stored = (await store.get(streams.map(({ streamId }) => streamId))).found
    expect(stored.map((found) => found?.stream.createTime)).toEqual(times)
    expect(stored.map((found) => found?.stream.lastActiveTime)).toEqual(streams.map((stream) => stream.lastActiveTime))
  })

  test('labels come back whatever their keys and values are', async ({ store }) => {
    const entries = ['a', 'A', '', 'a.b', '$set', '__proto__', 'constructor', '0', '标签', ' ', 'toString'].map(
      (key, i) => [key, i === 0 ? '' : `${key}=${i}`] as const,
    )
    const stream = groupStream('1', { labels: Object.fromEntries(entries) })
    await store.commit([creation(stream)])
    const [stored] = (await store.get([stream.streamId])).found
    expect(Object.entries(stored?.stream.labels ?? {}).sort()).toEqual([...entries].sort())
    expect(stored && etagOf(stored.stream)).toBe(etagOf(stream))
  })

  test('aliases keep their order and their number', async ({ store }) => {
    const stream = await holds(store, groupStream('1', { aliasIds: ['b', 'a', 'B', 'á', '007'] }))
    expect(stream.aliasIds).toEqual(['b', 'a', 'B', 'á', '007'])
  })

  test('what was read can be written over by the etag of what was read', async ({ store }) => {
    const stream = groupStream('1', {
      createTime: 1_733_061_234.123_456_7,
      labels: { b: '2', a: '1' },
      userInfo: { platform: 'qq', userId: '2' },
    })
    await store.commit([creation(stream)])
    const [stored] = (await store.get([stream.streamId])).found
    const read = stored?.stream ?? stream
    expect(etagOf(read)).toBe(etagOf(stream))
    await store.commit([update(read, { ...read, lastActiveTime: 1_800_000_000 })])
  })
}

/** Writes a stream, reads it back in every way there is, and returns what was read. */
async function holds(store: Store, stream: Stream): Promise<Stream> {
  await store.commit([creation(stream)])
  const [byId] = (await store.get([stream.streamId])).found
  const [listed] = (await store.list({}, undefined, 10)).found
  expect(byId?.stream).toEqual(stream)
  expect(listed).toEqual(byId)
  expect(byId && etagOf(byId.stream)).toBe(etagOf(stream))
  return byId?.stream ?? stream
}
