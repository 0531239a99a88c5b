import { expect } from 'vitest'
import { PlatformCounts } from '../../../src/domain/platform-counts.ts'
import { streamType } from '../../../src/domain/stream.ts'
import { type Capabilities, type Store, type StoredStream, WatchUnsupportedError } from '../../../src/store/store.ts'
import { creation, deletion, groupStream, privateStream, unknownStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { Watcher } from '../watcher.ts'

export function totals(test: Test, capabilities: Capabilities): void {
  if (!capabilities.watch) {
    test('totals that no watch could keep fail and say what would make them work', async ({ store }) => {
      const error = await store.totals().catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(WatchUnsupportedError)
      expect((error as Error).message.length).toBeGreaterThan(20)
    })
    return
  }

  test('the totals of an empty store name no platform', async ({ store }) => {
    expect((await store.totals()).counts).toEqual([])
  })

  test('totals tell each platform and type that has streams, and no other', async ({ store }) => {
    const gone = groupStream('gone', { platform: 'gone' })
    await store.commit([gone, groupStream('1'), groupStream('2'), privateStream('1'), unknownStream('u')].map(creation))
    await store.commit([deletion(gone)])
    expect(new Set((await store.totals()).counts)).toEqual(
      new Set([
        { platform: 'qq', type: 'group', count: 2 },
        { platform: 'qq', type: 'private', count: 1 },
        { platform: 'qq', type: 'unknown', count: 1 },
      ]),
    )
  })

  test('the revision of totals lies between the commits before and after them', async ({ store }) => {
    const before = await store.commit([creation(groupStream('a'))])
    const { revision } = await store.totals()
    const after = await store.commit([creation(groupStream('b'))])
    expect(revision).toBeGreaterThanOrEqual(before)
    expect(revision).toBeLessThan(after)
  })

  test('totals and what a watch from their cursor tells add up, whatever is written meanwhile', async ({
    store,
    open,
  }) => {
    const other = await open()
    const isDone = { value: false }
    const writing = writeUntil(() => isDone.value, other)
    await store.commit([creation(privateStream('first'))])
    const { counts, revision, cursor } = await store.totals()
    isDone.value = true
    await writing
    const watcher = new Watcher(store, cursor)
    await watcher.untilRevision(await store.commit([creation(groupStream('last', { platform: 'telegram' }))]))
    await watcher.stop()
    expect(watcher.commits.every((event) => event.revision > revision)).toBe(true)
    const sum = new PlatformCounts()
    for (const { platform, type, count } of counts) sum.add(platform, type, count)
    for (const { before, after } of watcher.changes) {
      if (before) add(before as StoredStream, -1)
      if (after) add(after, 1)
    }
    function add({ stream }: StoredStream, count: number): void {
      sum.add(stream.platform, streamType(stream), count)
    }
    expect(new Set(sum.all())).toEqual(new Set((await store.count({})).found))
  })
}

/** Creates a stream, moves it to another platform and deletes every second one, again and again. */
async function writeUntil(isDone: () => boolean, store: Store): Promise<void> {
  for (let i = 0; !isDone(); i++) {
    const stream = groupStream(`${i}`)
    const moved = { ...stream, platform: 'telegram' }
    await store.commit([creation(stream)])
    await store.commit([update(stream, moved)])
    if (i % 2 === 0) await store.commit([deletion(moved)])
  }
}
