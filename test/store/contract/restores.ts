import { expect } from 'vitest'
import {
  type Capabilities,
  CursorExpiredError,
  type Restoration,
  type Store,
  type StoredStream,
  StoreUnusableError,
} from '../../../src/store/store.ts'
import { STREAMS } from '../../support/moved-streams.ts'
import { creation, deletion, groupStream } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { cursorNow, Watcher } from '../watcher.ts'

const ALL = 10_000

export function restores(test: Test, capabilities: Capabilities): void {
  test('a store that is restored has every stream at its place', async ({ place, elsewhere, open }) => {
    const source = await filled(await elsewhere())
    await place.restore(await restorationOf(source))
    const restored = await open()
    expect(await contentOf(restored)).toEqual(await contentOf(source))
    for (const { streamId, aliasIds } of STREAMS.slice(0, 10)) {
      const { found } = await restored.get([streamId, ...aliasIds])
      expect(found.map((stored) => stored?.streamId)).toEqual([streamId, ...aliasIds.map(() => streamId)])
    }
  })

  test('a server that has it open sees what is restored', async ({ place, store, elsewhere }) => {
    const source = await filled(await elsewhere())
    await place.restore(await restorationOf(source))
    expect(await contentOf(store)).toEqual(await contentOf(source))
    const { batches } = await store.snapshot()
    expect((await Array.fromAsync(batches)).flat()).toEqual(await contentOf(source))
  })

  test('streams that come after a restore stand behind the restored ones', async ({ place, store, elsewhere }) => {
    const source = await filled(await elsewhere())
    await place.restore(await restorationOf(source))
    await store.commit([creation(groupStream('new'))])
    const ids = (await contentOf(store)).map(({ streamId }) => streamId)
    expect(ids).toEqual([...STREAMS, groupStream('new')].map(({ streamId }) => streamId))
  })

  test('after a restore the directory is another one, and its revision larger', async ({ place, store, elsewhere }) => {
    const source = await filled(await elsewhere())
    const before = await store.snapshot()
    const restoration = await restorationOf(source)
    await place.restore(restoration)
    const after = await store.snapshot()
    expect(after.directoryId).not.toBe(before.directoryId)
    expect(after.revision).toBeGreaterThan(before.revision)
    expect(after.revision).toBeGreaterThanOrEqual(restoration.revision)
  })

  if (capabilities.watch) {
    test('cursors of before a restore have expired, and those of after it are good', async (scene) => {
      const { place, store, elsewhere } = scene
      const source = await filled(await elsewhere())
      const old = await cursorNow(store)
      const watcher = new Watcher(store, old)
      await place.restore(await restorationOf(source))
      expect(await watcher.failure).toBeInstanceOf(CursorExpiredError)
      expect(await new Watcher(store, old).failure).toBeInstanceOf(CursorExpiredError)
      expect(await new Watcher(store, await cursorNow(source)).failure).toBeInstanceOf(CursorExpiredError)

      const next = new Watcher(store, await cursorNow(store))
      await next.untilRevision(await store.commit([creation(groupStream('new'))]))
      expect(next.changes.map(({ streamId }) => streamId)).toEqual([groupStream('new').streamId])
      await next.stop()
    })
  }

  test('a store that has streams is not restored into, and stays as it is', async ({ place, store, elsewhere }) => {
    await store.commit([creation(groupStream('mine'))])
    const before = await contentOf(store)
    const restoring = place.restore(await restorationOf(await filled(await elsewhere())))
    await expect(restoring).rejects.toThrow(StoreUnusableError)
    await expect(restoring).rejects.toThrow(/into an empty store only/)
    expect(await contentOf(store)).toEqual(before)
  })

  test('nothing is restored where the streams break off, and it may be tried again', async (scene) => {
    const { place, store, elsewhere } = scene
    const restoration = await restorationOf(await filled(await elsewhere()))
    const failure = new Error('broke off')
    async function* broken(): Restoration['batches'] & AsyncGenerator<readonly StoredStream[]> {
      for await (const batch of restoration.batches) {
        yield batch
        throw failure
      }
    }
    await expect(place.restore({ ...restoration, batches: broken() })).rejects.toBe(failure)
    expect(await contentOf(store)).toEqual([])
    await place.restore(await restorationOf(await filled(await elsewhere())))
    expect(await contentOf(store)).toHaveLength(STREAMS.length)
  })
}

/** A store with all kinds of streams, and a gap where one was deleted. */
async function filled(store: Store): Promise<Store> {
  const passing = groupStream('passing')
  await store.commit([creation(passing)])
  await store.commit([deletion(passing)])
  for (let i = 0; i < STREAMS.length; i += 1_000) await store.commit(STREAMS.slice(i, i + 1_000).map(creation))
  return store
}

async function restorationOf(store: Store): Promise<Restoration> {
  const { revision, batches } = await store.snapshot()
  return { revision, batches }
}

async function contentOf(store: Store): Promise<StoredStream[]> {
  return (await store.list({}, undefined, ALL)).found
}
