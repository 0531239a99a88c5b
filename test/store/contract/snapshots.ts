import { expect } from 'vitest'
import { comparePlaces } from '../../../src/domain/place.ts'
import type { Capabilities, Snapshot, StoredStream } from '../../../src/store/store.ts'
import { creation, deletion, groupStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { Watcher } from '../watcher.ts'

/** More than two batches. */
const MANY = 2_500

export function snapshots(test: Test, capabilities: Capabilities): void {
  test('the snapshot of an empty store has no batches', async ({ store }) => {
    const snapshot = await store.snapshot()
    expect(await batchesOf(snapshot)).toEqual([])
    expect(snapshot.approximateCount).toBe(0)
  })

  test('a snapshot holds every stream once, in the order of lists', async ({ store }) => {
    await fill(MANY, (mutations) => store.commit(mutations))
    const streams = (await batchesOf(await store.snapshot())).flat()
    expect(streams).toEqual((await store.list({}, undefined, MANY + 1)).found)
    expect([...streams].sort(comparePlaces)).toEqual(streams)
    expect(streams).toHaveLength(MANY)
  })

  test('no batch of a snapshot is empty or over a thousand streams', async ({ store }) => {
    await fill(2_000, (mutations) => store.commit(mutations))
    const sizes = (await batchesOf(await store.snapshot())).map((batch) => batch.length)
    expect(sizes.every((size) => size > 0 && size <= 1_000)).toBe(true)
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(2_000)
  })

  test('a snapshot tells about how many streams there are', async ({ store }) => {
    await fill(30, (mutations) => store.commit(mutations))
    const snapshot = await store.snapshot()
    expect(snapshot.approximateCount).toBeGreaterThan(20)
    expect(snapshot.approximateCount).toBeLessThan(40)
    await batchesOf(snapshot)
  })

  test('the revision of a snapshot lies between the commits before and after it', async ({ store }) => {
    const before = await store.commit([creation(groupStream('a'))])
    const snapshot = await store.snapshot()
    await batchesOf(snapshot)
    const after = await store.commit([creation(groupStream('b'))])
    expect(snapshot.revision).toBeGreaterThanOrEqual(before)
    expect(snapshot.revision).toBeLessThan(after)
  })

  test('a snapshot tells the same directory on every server of a store, and another one elsewhere', async (scene) => {
    const { store, open, elsewhere } = scene
    const { directoryId } = await store.snapshot()
    expect(directoryId).not.toBe('')
    await store.commit([creation(groupStream('a'))])
    expect((await (await open()).snapshot()).directoryId).toBe(directoryId)
    expect((await (await elsewhere()).snapshot()).directoryId).not.toBe(directoryId)
  })

  test('a snapshot stays as of its revision while writers go on between its batches', async ({ store, open }) => {
    const other = await open()
    const streams = await fill(MANY, (mutations) => store.commit(mutations))
    const before = (await store.list({}, undefined, MANY + 1)).found
    const snapshot = await store.snapshot()
    const read: StoredStream[] = []
    for await (const batch of snapshot.batches) {
      read.push(...batch)
      const [changed, gone] = streams.splice(-2)
      if (!changed || !gone) throw new Error('too few streams')
      await store.commit([
        update(changed, { ...changed, lastActiveTime: 1 }),
        creation(groupStream(`new ${gone.streamId}`)),
      ])
      await other.commit([deletion(gone)])
    }
    expect(read).toEqual(before)
  })

  test('a snapshot is as of when it was taken, not as of its first batch', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    const snapshot = await store.snapshot()
    await store.commit([update(stream, { ...stream, lastActiveTime: 1 }), creation(groupStream('b'))])
    expect((await batchesOf(snapshot)).flat().map((entry) => entry.stream)).toEqual([stream])
  })

  test('two snapshots are read side by side', async ({ store }) => {
    await fill(MANY, (mutations) => store.commit(mutations))
    const [a, b] = await Promise.all([store.snapshot(), store.snapshot()])
    const [first, second] = await Promise.all([batchesOf(a), batchesOf(b)])
    expect(first.flat()).toEqual(second.flat())
    expect(first.flat()).toHaveLength(MANY)
  })

  test('many snapshots can be abandoned after a batch, by leaving and by throwing', async ({ store }) => {
    await fill(MANY, (mutations) => store.commit(mutations))
    for (let i = 0; i < 60; i++) {
      const { batches } = await store.snapshot()
      if (i % 2) for await (const _ of batches) break
      else await expect(leaveByThrowing(batches)).rejects.toThrow('enough')
    }
    await store.commit([creation(groupStream('after'))])
    expect((await batchesOf(await store.snapshot())).flat()).toHaveLength(MANY + 1)
  })

  if (capabilities.watch) {
    test('a watch from the cursor of a snapshot adds up to the store, whatever is written meanwhile', async ({
      store,
      open,
    }) => {
      const other = await open()
      const streams = await fill(MANY, (mutations) => store.commit(mutations))
      const snapshot = await store.snapshot()
      const view = new Map<string, StoredStream>()
      for await (const batch of snapshot.batches) {
        for (const stored of batch) view.set(stored.streamId, stored)
        const [a, b] = streams.splice(0, 2)
        if (!a || !b) throw new Error('too few streams')
        await other.commit([update(a, { ...a, lastActiveTime: 2 }), creation(groupStream(`new ${a.streamId}`))])
        await store.commit([deletion(b)])
      }
      const watcher = new Watcher(store, snapshot.cursor)
      await watcher.untilRevision(await other.commit([creation(groupStream('last'))]))
      await watcher.stop()
      expect(watcher.commits.every((event) => event.revision > snapshot.revision)).toBe(true)
      for (const { streamId, after } of watcher.changes) {
        if (after) view.set(streamId, after)
        else view.delete(streamId)
      }
      expect([...view.values()].sort(comparePlaces)).toEqual((await store.list({}, undefined, 2 * MANY)).found)
    })
  }
}

async function batchesOf(snapshot: Snapshot): Promise<StoredStream[][]> {
  const batches: StoredStream[][] = []
  for await (const batch of snapshot.batches) batches.push(batch)
  return batches
}

async function leaveByThrowing(batches: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of batches) throw new Error('enough')
}

/** Creates so many group streams, in commits of a thousand. */
export async function fill(count: number, commit: (mutations: ReturnType<typeof creation>[]) => Promise<unknown>) {
  const streams = Array.from({ length: count }, (_, i) => groupStream(`filling ${i}`))
  for (let i = 0; i < count; i += 1_000) await commit(streams.slice(i, i + 1_000).map(creation))
  return streams
}
