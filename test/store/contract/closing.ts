import { expect } from 'vitest'
import { type Capabilities, StoreClosedError } from '../../../src/store/store.ts'
import { creation, groupStream } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { cursorNow, Watcher } from '../watcher.ts'
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
  })

  test('closing one store object leaves the others of the same data alone', async ({ store, open }) => {
    const other = await open()
    await store.close()
    const stream = groupStream('a')
    await other.commit([creation(stream)])
    expect((await other.get([stream.streamId])).found[0]?.stream).toEqual(stream)
  })

  test('a commit in flight at close is durable or fails with StoreClosedError', async ({ store, open }) => {
    const streams = Array.from({ length: 20 }, (_, i) => groupStream(`${i}`))
    const commits = Promise.allSettled(streams.map((stream) => store.commit([creation(stream)])))
    await store.close()
    const outcomes = await commits
    const stored = (await (await open()).get(streams.map(({ streamId }) => streamId))).found
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StoreClosedError)
      else expect(stored[i]?.stream).toEqual(streams[i])
    }
  })

  test('reads in flight at close answer or fail with StoreClosedError', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    const reads = Promise.allSettled([
      store.get([stream.streamId]),
      store.find([{ target: { kind: 'group', id: 'a' } }]),
      store.list({}, undefined, 10),
      store.count({}),
      store.snapshot(),
    ])
    await store.close()
    for (const outcome of await reads) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StoreClosedError)
    }
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

    test('watches, snapshots and commits together end at close', async ({ store }) => {
      await fill(1_500, (mutations) => store.commit(mutations))
      const snapshot = await store.snapshot()
      const watcher = new Watcher(store, snapshot.cursor)
      const iterator = snapshot.batches[Symbol.asyncIterator]()
      await iterator.next()
      const commit = store.commit([creation(groupStream('last'))]).catch((error) => error)
      await store.close()
      expect(await watcher.failure).toBeInstanceOf(StoreClosedError)
      await expect(iterator.next()).rejects.toThrow(StoreClosedError)
      const outcome = await commit
      if (typeof outcome !== 'bigint') expect(outcome).toBeInstanceOf(StoreClosedError)
    })
  }
}
