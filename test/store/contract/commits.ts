import { expect } from 'vitest'
import { etagOf } from '../../../src/domain/etag.ts'
import type { Revision } from '../../../src/domain/revision.ts'
import { type Capabilities, ConflictError, type Mutation, type Store } from '../../../src/store/store.ts'
import { creation, deletion, groupStream, privateStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** `commit`, seen by one writer. */
export function commits(test: Test, capabilities: Capabilities): void {
  test('a commit creates, updates and deletes together', async ({ store }) => {
    const [a, b, c] = [groupStream('a'), groupStream('b'), groupStream('c')]
    await store.commit([creation(a), creation(b)])
    const changed = { ...b, lastActiveTime: 1_800_000_000 }
    await store.commit([deletion(a), update(b, changed), creation(c)])
    const stored = (await store.get([a, b, c].map(({ streamId }) => streamId))).found
    expect(stored.map((entry) => entry?.stream)).toEqual([undefined, changed, c])
  })

  test('creating a stream that exists is a conflict that names it, also when nothing would change', async ({
    store,
  }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    expect(await conflict(store, [creation(stream)])).toEqual([stream.streamId])
  })

  test('an id in other components is a conflict, and nothing is overwritten', async ({ store }) => {
    const [first, second] = [groupStream('1_private'), privateStream('1')]
    expect(second.streamId).toBe(first.streamId)
    await store.commit([creation(first)])
    expect(await conflict(store, [creation(second)])).toEqual([first.streamId])
    expect((await store.get([first.streamId])).found[0]?.stream).toEqual(first)
  })

  test('updating from a state that is no longer the stored one is a conflict', async ({ store }) => {
    const v1 = groupStream('a')
    const v2 = { ...v1, lastActiveTime: 1_800_000_000 }
    await store.commit([creation(v1)])
    await store.commit([update(v1, v2)])
    expect(await conflict(store, [update(v1, { ...v1, lastActiveTime: 1_900_000_000 })])).toEqual([v1.streamId])
    expect((await store.get([v1.streamId])).found[0]?.stream).toEqual(v2)
  })

  test('updating a stream that is not there is a conflict', async ({ store }) => {
    const stream = groupStream('a')
    expect(await conflict(store, [update(stream, stream)])).toEqual([stream.streamId])
    expect((await store.get([stream.streamId])).found).toEqual([undefined])
  })

  test('deleting a stream that is not there is a conflict', async ({ store }) => {
    const stream = groupStream('a')
    expect(await conflict(store, [deletion(stream)])).toEqual([stream.streamId])
  })

  test('deleting from a state that is no longer the stored one is a conflict', async ({ store }) => {
    const stream = groupStream('a')
    const changed = { ...stream, lastActiveTime: 1_800_000_000 }
    await store.commit([creation(stream)])
    await store.commit([update(stream, changed)])
    expect(await conflict(store, [deletion(stream)])).toEqual([stream.streamId])
    expect((await store.get([stream.streamId])).found[0]?.stream).toEqual(changed)
  })

  test('every field takes part in what an update expects', async ({ store }) => {
    const stream = groupStream('a', {
      userInfo: { platform: 'qq', userId: '1', userNickname: 'n' },
      labels: { a: '1' },
    })
    await store.commit([creation(stream)])
    const others = [
      { ...stream, platform: 'x' },
      { ...stream, accountId: 'x' },
      { ...stream, scope: 'x' },
      { ...stream, userInfo: undefined },
      { ...stream, userInfo: { platform: 'qq', userId: '1', userNickname: 'n', userCardname: '' } },
      { ...stream, groupInfo: { platform: 'qq', groupId: 'a' } },
      { ...stream, createTime: 0 },
      { ...stream, lastActiveTime: 0 },
      { ...stream, labels: { a: '2' } },
      { ...stream, aliasIds: ['x'] },
      { ...stream, customName: 'x' },
      { ...stream, mergedChats: [{ streamId: 'x', platform: 'qq', accountId: '', scope: '' }] },
    ]
    for (const other of others) expect(await conflict(store, [update(other, other)])).toEqual([stream.streamId])
  })

  test('a stream can be written without a change', async ({ store }) => {
    const stream = groupStream('a')
    const first = await store.commit([creation(stream)])
    expect(await store.commit([update(stream, stream)])).toBeGreaterThan(first)
    expect((await store.get([stream.streamId])).found[0]?.stream).toEqual(stream)
  })

  test('a deleted stream can be created again', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    await store.commit([deletion(stream)])
    await store.commit([creation(stream)])
    expect((await store.get([stream.streamId])).found[0]?.stream).toEqual(stream)
  })

  if (capabilities.atomicCommits) {
    test('a conflict in the last mutation applies none of those before it', async ({ store }) => {
      const [kept, gone, fresh] = [groupStream('kept'), groupStream('gone'), groupStream('fresh')]
      await store.commit([creation(kept), creation(gone)])
      const changed = { ...kept, lastActiveTime: 1_800_000_000 }
      expect(await conflict(store, [creation(fresh), update(kept, changed), creation(gone)])).toEqual([gone.streamId])
      expect((await store.list({}, undefined, 10)).found.map(({ stream }) => stream)).toEqual([kept, gone])
      expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 2 }])
    })

    test('a conflict in the first mutation applies none of those behind it', async ({ store }) => {
      const [there, fresh] = [groupStream('there'), groupStream('fresh')]
      await store.commit([creation(there)])
      expect(await conflict(store, [creation(there), creation(fresh)])).toEqual([there.streamId])
      expect((await store.get([fresh.streamId])).found).toEqual([undefined])
    })

    test('a conflict in a thousand mutations applies none', async ({ store }) => {
      const streams = Array.from({ length: 1_000 }, (_, i) => groupStream(`${i}`))
      const there = groupStream('777', { lastActiveTime: 5 })
      await store.commit([creation(there)])
      expect(await conflict(store, streams.map(creation))).toEqual([there.streamId])
      expect((await store.list({}, undefined, 10)).found.map(({ stream }) => stream)).toEqual([there])
    })
  }

  test('a conflict names only streams that are in another state', async ({ store }) => {
    const [a, b, c] = [groupStream('a'), groupStream('b'), groupStream('c')]
    await store.commit([creation(a), creation(b)])
    const ids = await conflict(store, [creation(c), creation(a), creation(b)])
    expect(ids.length).toBeGreaterThan(0)
    expect([a.streamId, b.streamId]).toEqual(expect.arrayContaining([...ids]))
  })

  test('a conflict does not disturb the commits at its side', async ({ store }) => {
    const there = groupStream('there')
    await store.commit([creation(there)])
    const good = Array.from({ length: 20 }, (_, i) => groupStream(`${i}`))
    const outcomes = await Promise.allSettled(
      good.flatMap((stream) => [store.commit([creation(stream)]), store.commit([creation(there)])]),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(good.flatMap(() => ['fulfilled', 'rejected']))
    const stored = (await store.get(good.map(({ streamId }) => streamId))).found
    expect(stored.map((entry) => entry?.stream)).toEqual(good)
  })

  test('a thousand mutations are one commit', async ({ store }) => {
    const streams = Array.from({ length: 1_000 }, (_, i) => groupStream(`${i}`))
    await store.commit(streams.map(creation))
    const changed = streams.map((stream) => ({ ...stream, lastActiveTime: 1_800_000_000 }))
    await store.commit(streams.map((stream, i) => update(stream, changed[i] ?? stream)))
    expect((await store.list({}, undefined, 2_000)).found.map(({ stream }) => stream)).toEqual(changed)
    await store.commit(changed.map((stream) => deletion(stream)))
    expect((await store.count({})).found).toEqual([])
  })

  test('revisions of commits one after another rise', async ({ store }) => {
    let last: Revision = -1n
    for (let i = 0; i < 20; i++) {
      const revision = await store.commit([creation(groupStream(`${i}`))])
      expect(revision).toBeGreaterThan(last)
      last = revision
    }
  })

  test('commits at the same time have revisions of their own', async ({ store }) => {
    const revisions = await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.commit([creation(groupStream(`${i}`))])),
    )
    expect(new Set(revisions).size).toBe(50)
  })

  test('revisions go on rising after a conflict and across a reopening', async ({ store, open }) => {
    const first = await store.commit([creation(groupStream('a'))])
    await conflict(store, [creation(groupStream('a'))])
    const second = await store.commit([deletion(groupStream('a'))])
    await store.close()
    const third = await (await open()).commit([creation(groupStream('b'))])
    expect(second).toBeGreaterThan(first)
    expect(third).toBeGreaterThan(second)
  })

  test('a caller reads what it wrote', async ({ store }) => {
    let stream = groupStream('a')
    await store.commit([creation(stream)])
    for (let i = 0; i < 20; i++) {
      const next = { ...stream, lastActiveTime: i }
      await store.commit([update(stream, next)])
      const [stored] = (await store.get([stream.streamId])).found
      expect(stored && etagOf(stored.stream)).toBe(etagOf(next))
      stream = next
    }
  })
}

/** The streams that a commit which must fail names. */
export async function conflict(store: Store, mutations: readonly Mutation[]): Promise<readonly string[]> {
  const error = await store.commit(mutations).then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(ConflictError)
  return (error as ConflictError).streamIds
}
