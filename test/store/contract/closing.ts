import { expect } from 'vitest'
import { type Capabilities, type Store, StoreClosedError } from '../../../src/store/store.ts'
import { creation, groupStream } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { cursorNow, Watcher } from '../watcher.ts'
import { disturbed, outcomeOf } from './moments.ts'
import { fill } from './snapshots.ts'

/** `close`, idle and busy. */
export function closing(test: Test, capabilities: Capabilities): void {
  test('every call after close throws StoreClosedError', async ({ store }) => {
    await store.close()
    await expect(store.get(['a'])).rejects.toThrow(StoreClosedError)
    await expect(store.find([{ target: { kind: 'group', id: '1' } }])).rejects.toThrow(StoreClosedError)
    await expect(store.list({}, undefined, 1)).rejects.toThrow(StoreClosedError)
    await expect(store.count({})).rejects.toThrow(StoreClosedError)
    await expect(store.revision()).rejects.toThrow(StoreClosedError)
    await expect(store.commit([creation(groupStream('a'))])).rejects.toThrow(StoreClosedError)
    await expect(store.snapshot()).rejects.toThrow(StoreClosedError)
    await expect(store.probe()).rejects.toThrow(StoreClosedError)
  })

  test('closing twice, at once and again, is fine', async ({ store }) => {
    await Promise.all([store.close(), store.close()])
    await store.close()
    await expect(store.get(['a'])).rejects.toThrow(StoreClosedError)
  })

  test('closing one store object leaves the others of the same data alone', async ({ store, open }) => {
    const other = await open()
    await store.close()
    const stream = groupStream('a')
    await other.commit([creation(stream)])
    expect((await other.get([stream.streamId])).found[0]?.stream).toEqual(stream)
  })

  test('a commit in flight at close is durable or fails with StoreClosedError', async ({ store, open }) => {
    await disturbed(async (moment, round) => {
      const closing = await open()
      const streams = Array.from({ length: 20 }, (_, i) => groupStream(`${round}-${i}`))
      const commits = streams.map((stream) => outcomeOf(closing.commit([creation(stream)])))
      await moment()
      await closing.close()
      const outcomes = await Promise.all(commits)
      const stored = (await store.get(streams.map(({ streamId }) => streamId))).found
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome === 'done') expect(stored[i]?.stream).toEqual(streams[i])
        else expect(outcome).toBeInstanceOf(StoreClosedError)
      }
      return outcomes.every((outcome) => outcome === 'done')
    })
  })

  test('reads in flight at close answer or fail with StoreClosedError', async ({ store, open }) => {
    await store.commit([creation(groupStream('a'))])
    const { streamId } = groupStream('a')
    const reads = (from: Store): Promise<unknown>[] => [
      from.get([streamId]).then(({ found }) => found),
      from.find([{ target: { kind: 'group', id: 'a' } }]).then(({ found }) => found),
      from.list({}, undefined, 10).then(({ found }) => found),
      from.count({}).then(({ found }) => found),
      from.snapshot().then(({ approximateCount }) => approximateCount),
    ]
    const answers = await Promise.all(reads(store))
    await disturbed(async (moment) => {
      const closing = await open()
      const outcomes = Promise.allSettled(reads(closing))
      await moment()
      await closing.close()
      const settled = await outcomes
      for (const [i, outcome] of settled.entries()) {
        if (outcome.status === 'fulfilled') expect(outcome.value).toEqual(answers[i])
        else expect(outcome.reason).toBeInstanceOf(StoreClosedError)
      }
      return settled.every(({ status }) => status === 'fulfilled')
    })
  })

  test('a snapshot that is being read at close throws StoreClosedError', async ({ store }) => {
    await fill(2_500, (mutations) => store.commit(mutations))
    const { batches } = await store.snapshot()
    const iterator = batches[Symbol.asyncIterator]()
    await iterator.next()
    await store.close()
    await expect(iterator.next()).rejects.toThrow(StoreClosedError)
  })

  test('a snapshot that nobody reads does not hold up close', async ({ store, open }) => {
    await store.commit([creation(groupStream('a'))])
    const { batches } = await store.snapshot()
    await store.close()
    await expect(batches[Symbol.asyncIterator]().next()).rejects.toThrow(StoreClosedError)
    await (await open()).commit([creation(groupStream('b'))])
  })

  if (capabilities.watch) {
    test('a watch after close throws StoreClosedError', async ({ store }) => {
      const cursor = await cursorNow(store)
      await store.close()
      expect(await new Watcher(store, cursor).failure).toBeInstanceOf(StoreClosedError)
    })

    test('open watches end with StoreClosedError at close', async ({ store }) => {
      const cursor = await cursorNow(store)
      const watchers = [new Watcher(store, cursor), new Watcher(store, cursor)]
      const revision = await store.commit([creation(groupStream('a'))])
      for (const watcher of watchers) await watcher.untilRevision(revision)
      await store.close()
      for (const watcher of watchers) expect(await watcher.failure).toBeInstanceOf(StoreClosedError)
    })

    test('a watch that has just begun ends with StoreClosedError at close', async ({ store }) => {
      const watcher = new Watcher(store, await cursorNow(store))
      await store.close()
      expect(await watcher.failure).toBeInstanceOf(StoreClosedError)
    })

    test('watches, snapshots and commits together end at close', async ({ store, open }) => {
      await fill(1_500, (mutations) => store.commit(mutations))
      const snapshot = await store.snapshot()
      const watcher = new Watcher(store, snapshot.cursor)
      const iterator = snapshot.batches[Symbol.asyncIterator]()
      await iterator.next()
      const last = groupStream('last')
      const commit = outcomeOf(store.commit([creation(last)]))
      await store.close()
      expect(await watcher.failure).toBeInstanceOf(StoreClosedError)
      await expect(iterator.next()).rejects.toThrow(StoreClosedError)
      const outcome = await commit
      const [stored] = (await (await open()).get([last.streamId])).found
      if (outcome === 'done') expect(stored?.stream).toEqual(last)
      else expect(outcome).toBeInstanceOf(StoreClosedError)
    })
  }
}
