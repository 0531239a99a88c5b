import { expect } from 'vitest'
import { tombstoneOf } from '../../../src/domain/tombstone.ts'
import { type Capabilities, type CommitEvent, CursorExpiredError, type Store } from '../../../src/store/store.ts'
import {
  creation,
  DELETE_TIME,
  deletion,
  groupStream,
  merge,
  mergedInto,
  privateStream,
  update,
} from '../../support/streams.ts'
import { WriterProcess } from '../../support/writer-process.ts'
import type { Test } from '../harness.ts'
import { cursorNow, Watcher } from '../watcher.ts'

/** No cursor of any engine. */
const NONSENSE = ['', 'nonsense', '-1', '{}', '\u0000', '18446744073709551616', 'x'.repeat(10_000)]

export function watches(test: Test, capabilities: Capabilities): void {
  test('a watch tells of what is committed after its cursor, not of what was before', async ({ store }) => {
    await store.commit([creation(groupStream('before'))])
    const watcher = new Watcher(store, await cursorNow(store))
    const stream = groupStream('after')
    await watcher.untilRevision(await store.commit([creation(stream)]))
    await watcher.stop()
    expect(watcher.changes.map(({ after }) => after?.stream)).toEqual([stream])
  })

  test('a change carries the stream and its place as every read does', async ({ store }) => {
    const watcher = new Watcher(store, await cursorNow(store))
    const stream = privateStream('1', {
      labels: { a: '' },
      aliasIds: ['x', 'y'],
      createTime: 1_733_061_234.123_456_7,
      userInfo: { platform: 'p', userId: '1', userCardname: '' },
    })
    await watcher.untilRevision(await store.commit([creation(stream)]))
    await watcher.stop()
    expect(watcher.changes).toEqual([
      { streamId: stream.streamId, after: (await store.get([stream.streamId])).found[0] },
    ])
    expect(watcher.changes[0]?.after?.stream).toEqual(stream)
  })

  test('the log tells how many changes it holds, where it is that of the store', async ({ store }) => {
    const before = store.logSize()
    if (before === undefined) return
    await store.commit([creation(groupStream('1')), creation(groupStream('2'))])
    expect(store.logSize()).toBe(before + 2)
  })

  test('a look finds what another store object committed, and tells nothing where there is nothing', async ({
    store,
    open,
  }) => {
    const other = await open()
    const watcher = new Watcher(store, await cursorNow(store))
    store.look()
    const stream = groupStream('of another')
    const revision = await other.commit([creation(stream)])
    store.look()
    await watcher.untilRevision(revision)
    await watcher.stop()
    expect(watcher.changes.map(({ after }) => after?.stream)).toEqual([stream])
  })

  test('every state of a stream is told, also those overwritten before the watch began', async ({ store }) => {
    const cursor = await cursorNow(store)
    const v1 = groupStream('a')
    const v2 = { ...v1, lastActiveTime: 1 }
    const v3 = { ...v1, lastActiveTime: 2 }
    await store.commit([creation(v1)])
    await store.commit([update(v1, v2)])
    const revision = await store.commit([update(v2, v3)])
    const watcher = new Watcher(store, cursor)
    await watcher.untilRevision(revision)
    await watcher.stop()
    expect(watcher.changes.map(({ after }) => after?.stream)).toEqual([v1, v2, v3])
  })

  test('a deletion is told', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    const [before] = (await store.get([stream.streamId])).found
    const watcher = new Watcher(store, await cursorNow(store))
    await watcher.untilRevision(await store.commit([deletion(stream)]))
    await watcher.stop()
    const tombstone = tombstoneOf(stream, DELETE_TIME)
    expect(watcher.changes).toEqual([{ streamId: stream.streamId, before, after: undefined, tombstone }])
  })

  test('a deleted stream that is created again is told as a new one', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    await store.commit([deletion(stream)])
    const watcher = new Watcher(store, await cursorNow(store))
    const again = { ...stream, lastActiveTime: DELETE_TIME + 1 }
    await watcher.untilRevision(await store.commit([creation(again)]))
    await watcher.stop()
    const [after] = (await store.get([stream.streamId])).found
    expect(watcher.changes).toEqual([{ streamId: stream.streamId, before: undefined, after }])
  })

  test('a change carries the state before it, also where that was overwritten before the watch began', async ({
    store,
  }) => {
    const cursor = await cursorNow(store)
    const v1 = groupStream('a', { labels: { a: '\u0000' }, aliasIds: ['x'], lastActiveTime: 1_733_061_234.123_456_7 })
    const v2 = { ...v1, customName: 'ours', labels: {}, aliasIds: [] }
    await store.commit([creation(v1)])
    const [first] = (await store.get([v1.streamId])).found
    await store.commit([update(v1, v2)])
    const [second] = (await store.get([v1.streamId])).found
    const watcher = new Watcher(store, cursor)
    await watcher.untilRevision(await store.commit([deletion(v2)]))
    await watcher.stop()
    expect(watcher.changes.map(({ before }) => before)).toEqual([undefined, first, second])
    expect(watcher.changes.map(({ after }) => after)).toEqual([first, second, undefined])
  })

  test('the state before a change that changes nothing is the state after it', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    const watcher = new Watcher(store, await cursorNow(store))
    await watcher.untilRevision(await store.commit([update(stream, stream)]))
    await watcher.stop()
    expect(watcher.changes[0]?.before).toEqual(watcher.changes[0]?.after)
  })

  test('a stream that was created and deleted before the watch began is told as both', async ({ store }) => {
    const cursor = await cursorNow(store)
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    await store.commit([deletion(stream)])
    const watcher = new Watcher(store, cursor)
    await watcher.untilRevision(await store.commit([creation(stream)]))
    await watcher.stop()
    expect(watcher.changes.map(({ after }) => after?.stream)).toEqual([stream, undefined, stream])
  })

  test('commits are told in their order, each in an event of its own', async ({ store }) => {
    const watcher = new Watcher(store, await cursorNow(store))
    const streams = Array.from({ length: 50 }, (_, i) => groupStream(`${i}`))
    let last = -1n
    for (const stream of streams) last = await store.commit([creation(stream)])
    await watcher.untilRevision(last)
    await watcher.stop()
    expect(watcher.commits.map(({ changes }) => changes.map(({ streamId }) => streamId))).toEqual(
      streams.map(({ streamId }) => [streamId]),
    )
  })

  test('the revision that a commit returns is one at which a watch has told of it, and of no later commit', async ({
    store,
  }) => {
    const watcher = new Watcher(store, await cursorNow(store))
    const revisions: bigint[] = []
    for (let i = 0; i < 10; i++) revisions.push(await store.commit([creation(groupStream(`${i}`))]))
    await watcher.untilRevision(revisions.at(-1) ?? -1n)
    await watcher.stop()
    const told = revisions.map((revision) =>
      watcher.events
        .filter((event) => event.revision <= revision)
        .reduce((sum, { changes }) => sum + changes.length, 0),
    )
    expect(told).toEqual(revisions.map((_, i) => i + 1))
  })

  if (capabilities.atomicCommits) {
    test('all changes of a commit come in one event', async ({ store }) => {
      const [a, b] = [groupStream('a'), groupStream('b')]
      await store.commit([creation(a), creation(b)])
      const watcher = new Watcher(store, await cursorNow(store))
      const c = groupStream('c')
      await watcher.untilRevision(
        await store.commit([deletion(a), update(b, { ...b, lastActiveTime: 1 }), creation(c)]),
      )
      await watcher.stop()
      expect(watcher.commits).toHaveLength(1)
      expect(new Set(watcher.changes.map(({ streamId }) => streamId))).toEqual(
        new Set([a, b, c].map(({ streamId }) => streamId)),
      )
    })

    test('a stream that is merged into another is told as gone, and into which', async ({ store }) => {
      const [source, target, other] = [groupStream('a'), groupStream('b'), groupStream('c')]
      await store.commit([source, target, other].map(creation))
      const watcher = new Watcher(store, await cursorNow(store))
      await watcher.untilRevision(await store.commit([...merge(source, target), deletion(other)]))
      await watcher.stop()
      const told = new Map(watcher.changes.map((change) => [change.streamId, change]))
      expect(told.get(source.streamId)).toMatchObject({ before: { stream: source }, mergedInto: target.streamId })
      expect(told.get(source.streamId)?.after).toBeUndefined()
      expect(told.get(target.streamId)).toMatchObject({
        before: { stream: target },
        after: { stream: mergedInto(target, source) },
      })
      expect(told.get(source.streamId)?.tombstone).toBeUndefined()
      expect(told.get(other.streamId)?.mergedInto).toBeUndefined()
    })

    test('a commit of a thousand mutations is one event', async ({ store }) => {
      const watcher = new Watcher(store, await cursorNow(store))
      const streams = Array.from({ length: 1_000 }, (_, i) => groupStream(`${i}`))
      await watcher.untilRevision(await store.commit(streams.map(creation)))
      await watcher.stop()
      expect(watcher.commits.map(({ changes }) => changes.length)).toEqual([1_000])
    })
  }

  if (capabilities.atomicCommits) {
    test('a commit larger than what a database sends at once is one event', async ({ store }) => {
      const large = (text: string) =>
        Array.from({ length: 1_000 }, (_, i) =>
          groupStream(`${i}`, { groupInfo: { platform: 'qq', groupId: `${i}`, groupName: text.repeat(16_000) } }),
        )
      const [before, after] = [large('a'), large('b')]
      await store.commit(before.map(creation))
      const watcher = new Watcher(store, await cursorNow(store))
      await watcher.untilRevision(await store.commit(before.map((stream, i) => update(stream, after[i]!))))
      await watcher.stop()
      expect(watcher.commits.map(({ changes }) => changes.length)).toEqual([1_000])
    })
  }

  test('a commit that failed is never told', async ({ store }) => {
    const there = groupStream('there')
    await store.commit([creation(there)])
    const watcher = new Watcher(store, await cursorNow(store))
    await expect(store.commit([creation(there)])).rejects.toThrow()
    const stream = groupStream('good')
    await watcher.untilRevision(await store.commit([creation(stream)]))
    await watcher.stop()
    expect(watcher.changes.map(({ streamId }) => streamId)).toEqual([stream.streamId])
  })

  test('a watch hears of what another store object commits', async ({ store, open }) => {
    const other = await open()
    const watcher = new Watcher(store, await cursorNow(store))
    const streams = Array.from({ length: 20 }, (_, i) => groupStream(`${i}`))
    let last = -1n
    for (const [i, stream] of streams.entries()) last = await (i % 2 ? store : other).commit([creation(stream)])
    await watcher.untilRevision(last)
    await watcher.stop()
    expect(watcher.changes.map(({ after }) => after?.stream)).toEqual(streams)
  })

  test('a watch hears of what another process commits', async ({ store, place, openModule }) => {
    const watcher = new Watcher(store, await cursorNow(store))
    const writer = new WriterProcess({ openModule, url: place.url, prefix: 'w', commits: 20, streamsPerCommit: 2 })
    await writer.ended()
    await watcher.until(() => watcher.changes.length >= 40)
    await watcher.stop()
    const names = watcher.changes.map(({ after }) => after?.stream.groupInfo?.groupId)
    expect(new Set(names).size).toBe(40)
    const commits = watcher.changes.map(({ after }) => Number(after?.stream.groupInfo?.groupId.split('-')[1]))
    expect(commits).toEqual([...commits].sort((a, b) => a - b))
  })

  test('a watch tells once of every commit of two writers at once', async ({ store, open }) => {
    const both = [store, await open()]
    const watcher = new Watcher(store, await cursorNow(store))
    const revisions = await Promise.all(
      both.flatMap((writer, w) =>
        Array.from({ length: 30 }, (_, i) => writer.commit([creation(groupStream(`${w}-${i}`))])),
      ),
    )
    for (const revision of revisions) await watcher.untilRevision(revision)
    await watcher.stop()
    expect(watcher.changes).toHaveLength(60)
    expect(new Set(watcher.changes.map(({ streamId }) => streamId)).size).toBe(60)
  })

  test('two watches are told the same', async ({ store }) => {
    const cursor = await cursorNow(store)
    const watchers = [new Watcher(store, cursor), new Watcher(store, cursor)]
    let last = -1n
    for (let i = 0; i < 20; i++) last = await store.commit([creation(groupStream(`${i}`))])
    for (const watcher of watchers) await watcher.untilRevision(last)
    for (const watcher of watchers) await watcher.stop()
    expect(watchers[0]?.commits).toHaveLength(20)
    expect(watchers[1]?.changes).toEqual(watchers[0]?.changes)
  })

  test('a watch resumes from the cursor of any event without a gap or a repeat', async ({ store }) => {
    const whole = await aHistory(store)
    const changes = whole.flatMap((event) => event.changes)
    let told = 0
    for (const event of whole) {
      told += event.changes.length
      const rest = new Watcher(store, event.cursor)
      await rest.until(() => rest.changes.length >= changes.length - told)
      await rest.stop()
      expect(rest.changes).toEqual(changes.slice(told))
    }
  })

  test('a watch resumes across a reopening without a gap or a repeat', async ({ store, open }) => {
    const whole = await aHistory(store)
    const middle = whole[Math.floor(whole.length / 2)] as CommitEvent
    const rest = whole.slice(whole.indexOf(middle) + 1).flatMap((event) => event.changes)
    await store.close()
    const again = await open()
    const added = groupStream('added')
    const watcher = new Watcher(again, middle.cursor)
    await watcher.untilRevision(await again.commit([creation(added)]))
    await watcher.stop()
    expect(watcher.changes.slice(0, -1)).toEqual(rest)
    expect(watcher.changes.at(-1)?.streamId).toBe(added.streamId)
  })

  test('a cursor of one store object is good on another', async ({ store, open }) => {
    const whole = await aHistory(store)
    const watcher = new Watcher(await open(), whole[0]?.cursor ?? '')
    const rest = whole.slice(1).flatMap((event) => event.changes)
    await watcher.until(() => watcher.changes.length >= rest.length)
    await watcher.stop()
    expect(watcher.changes).toEqual(rest)
  })

  test('a watch that is left and taken up again and again misses nothing', async ({ store, open }) => {
    const other = await open()
    let cursor = await cursorNow(store)
    const told: string[] = []
    for (let i = 0; i < 15; i++) {
      const writes = [0, 1].map((w) => (w ? other : store).commit([creation(groupStream(`${i}-${w}`))]))
      for await (const event of store.watch(cursor)) {
        told.push(...event.changes.map(({ streamId }) => streamId))
        cursor = event.cursor
        if (event.changes.length > 0) break
      }
      await Promise.all(writes)
    }
    const watcher = new Watcher(store, cursor)
    await watcher.until(() => told.length + watcher.changes.length >= 30)
    await watcher.stop()
    told.push(...watcher.changes.map(({ streamId }) => streamId))
    expect(told).toHaveLength(30)
    expect(new Set(told).size).toBe(30)
  })

  test('a watch that lags behind many commits catches up with all of them', async ({ store }) => {
    const cursor = await cursorNow(store)
    const iterator = store.watch(cursor)[Symbol.asyncIterator]()
    const first = iterator.next()
    let last = -1n
    for (let i = 0; i < 20; i++) {
      last = await store.commit(Array.from({ length: 100 }, (_, n) => creation(groupStream(`${i}-${n}`))))
    }
    let told = 0
    for (let event = await first; ; event = await iterator.next()) {
      told += (event.value as CommitEvent).changes.length
      if ((event.value as CommitEvent).revision >= last) break
    }
    await iterator.return?.()
    expect(told).toBe(2_000)
  })

  for (const cursor of NONSENSE) {
    test(`a watch from a cursor that is none fails as expired: ${JSON.stringify(cursor).slice(0, 30)}`, async ({
      store,
    }) => {
      await store.commit([creation(groupStream('a'))])
      expect(await new Watcher(store, cursor).failure).toBeInstanceOf(CursorExpiredError)
    })
  }

  test('a watch from a cursor of another store fails as expired', async ({ store, elsewhere }) => {
    const other = await elsewhere()
    for (const each of [store, other]) await each.commit([creation(groupStream('a'))])
    const cursor = await cursorNow(other)
    expect(await new Watcher(store, cursor).failure).toBeInstanceOf(CursorExpiredError)
  })

  test('a watch from a cursor behind the log fails as expired', async ({ store, place }) => {
    const cursor = await cursorNow(store)
    await store.commit([creation(groupStream('a'))])
    await place.forgetLog?.(store)
    expect(await new Watcher(store, cursor).failure).toBeInstanceOf(CursorExpiredError)
    const watcher = new Watcher(store, await cursorNow(store))
    await watcher.untilRevision(await store.commit([creation(groupStream('b'))]))
    await watcher.stop()
  })
}

/** Some creations, updates and deletions, as a watch tells them: only the events with changes. */
async function aHistory(store: Store): Promise<CommitEvent[]> {
  const watcher = new Watcher(store, await cursorNow(store))
  const streams = Array.from({ length: 6 }, (_, i) => groupStream(`history ${i}`))
  await store.commit(streams.slice(0, 3).map(creation))
  for (const stream of streams.slice(3)) await store.commit([creation(stream)])
  for (const stream of streams.slice(0, 3)) await store.commit([update(stream, { ...stream, lastActiveTime: 9 })])
  let last = -1n
  for (const stream of streams.slice(3)) last = await store.commit([deletion(stream)])
  await watcher.untilRevision(last)
  await watcher.stop()
  return watcher.commits
}
