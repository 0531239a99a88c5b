import { expect } from 'vitest'
import type { Stream } from '../../../src/domain/stream.ts'
import { ConflictError, type Store } from '../../../src/store/store.ts'
import { creation, deletion, groupStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { conflict } from './commits.ts'

/** Several store objects on the same data, as several servers have them. */
export function writers(test: Test): void {
  test('what one writer commits the other reads at once', async ({ store, open }) => {
    const other = await open()
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    expect((await other.get([stream.streamId])).found[0]?.stream).toEqual(stream)
    await other.commit([deletion(stream)])
    expect((await store.get([stream.streamId])).found).toEqual([undefined])
  })

  test('two writers at once lose nothing', async ({ store, open }) => {
    const both = [store, await open()]
    const streams = Array.from({ length: 100 }, (_, i) => groupStream(`${i}`))
    await Promise.all(
      both.map(async (writer, w) => {
        for (let i = w; i < 100; i += 2) await writer.commit([creation(streams[i] as Stream)])
      }),
    )
    for (const reader of both) {
      const stored = (await reader.get(streams.map(({ streamId }) => streamId))).found
      expect(stored.map((entry) => entry?.stream)).toEqual(streams)
    }
  })

  test('two writers at once have revisions of their own', async ({ store, open }) => {
    const both = [store, await open()]
    const revisions = await Promise.all(
      both.flatMap((writer, w) =>
        Array.from({ length: 25 }, (_, i) => writer.commit([creation(groupStream(`${w}-${i}`))])),
      ),
    )
    expect(new Set(revisions).size).toBe(50)
  })

  test('revisions rise from one writer to the other', async ({ store, open }) => {
    const other = await open()
    let last = -1n
    for (let i = 0; i < 10; i++) {
      const revision = await (i % 2 ? store : other).commit([creation(groupStream(`${i}`))])
      expect(revision).toBeGreaterThan(last)
      last = revision
    }
  })

  test('of two writers that create the same stream at once one succeeds and the other hears of a conflict', async ({
    store,
    open,
  }) => {
    const other = await open()
    for (let i = 0; i < 10; i++) {
      const stream = groupStream(`${i}`)
      const outcomes = await Promise.allSettled([store.commit([creation(stream)]), other.commit([creation(stream)])])
      const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
      expect(failures).toEqual([expect.any(ConflictError)])
    }
  })

  test('a writer hears of a conflict with what the other has just written', async ({ store, open }) => {
    const other = await open()
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    await other.commit([update(stream, { ...stream, lastActiveTime: 5 })])
    expect(await conflict(store, [update(stream, { ...stream, lastActiveTime: 6 })])).toEqual([stream.streamId])
    expect(await conflict(store, [deletion(stream)])).toEqual([stream.streamId])
  })

  test('writers that add to the same stream and retry on a conflict lose no addition', async ({ store, open }) => {
    const start = groupStream('a', { lastActiveTime: 0 })
    await store.commit([creation(start)])
    await Promise.all([store, await open(), await open()].map((writer) => addRepeatedly(writer, start.streamId, 15)))
    const [stored] = (await store.get([start.streamId])).found
    expect(stored?.stream.lastActiveTime).toBe(45)
  })

  test('streams of two writers keep their order in every list', async ({ store, open }) => {
    const other = await open()
    const streams = Array.from({ length: 10 }, (_, i) => groupStream(`${(i * 7) % 10}`))
    for (const [i, stream] of streams.entries()) await (i % 2 ? store : other).commit([creation(stream)])
    for (const reader of [store, other]) {
      expect((await reader.list({}, undefined, 100)).found.map(({ stream }) => stream)).toEqual(streams)
    }
  })
}

async function addRepeatedly(store: Store, streamId: string, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const [stored] = (await store.get([streamId])).found
    if (!stored) throw new Error('the stream is gone')
    const next = { ...stored.stream, lastActiveTime: stored.stream.lastActiveTime + 1 }
    try {
      await store.commit([update(stored.stream, next)])
      done++
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
}
