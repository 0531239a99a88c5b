import { expect } from 'vitest'
import { type Capabilities, StoreUnavailableError } from '../../../src/store/store.ts'
import { creation, groupStream } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { cursorNow, Watcher } from '../watcher.ts'

/** `probe`. */
export function probes(test: Test, capabilities: Capabilities): void {
  test('a probe of a store that takes commits returns, and writes nothing', async ({ store }) => {
    const stream = groupStream('a')
    await store.commit([creation(stream)])
    for (let i = 0; i < 3; i++) await store.probe()
    expect((await store.list({}, undefined, 10)).found.map((stored) => stored.stream)).toEqual([stream])
  })

  test('a probe throws StoreUnavailableError while commits get no answer, and returns once they do', async ({
    store,
    place,
  }) => {
    await store.commit([creation(groupStream('a'))])
    {
      await using _obstacle = await place.obstruct()
      await expect(store.probe({ timeoutMs: () => 1_000 })).rejects.toThrow(StoreUnavailableError)
    }
    await store.probe()
    await store.commit([creation(groupStream('b'))])
  })

  if (capabilities.watch) {
    test('no watch tells of a probe', async ({ store }) => {
      const watcher = new Watcher(store, await cursorNow(store))
      for (let i = 0; i < 3; i++) await store.probe()
      const stream = groupStream('a')
      await watcher.untilRevision(await store.commit([creation(stream)]))
      expect(watcher.changes.map(({ streamId }) => streamId)).toEqual([stream.streamId])
      await watcher.stop()
    })
  }
}
