import { expect } from 'vitest'
import { type ReadOptions, StoreUnavailableError } from '../../../src/store/store.ts'
import { creation, groupStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** A caller that gives up after so long; engines wait many times that of themselves. */
function caller(patienceMs: number, timeoutMs?: number): ReadOptions {
  return { timeoutMs: () => timeoutMs, signal: AbortSignal.timeout(patienceMs) }
}

/** What hangs fails while somebody is there to hear it. */
export function patience(test: Test): void {
  test('a commit that gets no answer fails as unavailable before its caller gives up', async ({ store, place }) => {
    await using _obstacle = await place.obstruct()
    const one = [creation(groupStream('a'))]
    const several = ['b', 'c'].map((id) => creation(groupStream(id)))
    for (const mutations of [one, several]) {
      await expect(store.commit(mutations, caller(1_000, 1_000))).rejects.toThrow(StoreUnavailableError)
    }
  })

  test('a commit whose caller does not say how long it waits fails within five seconds', async ({ store, place }) => {
    await using _obstacle = await place.obstruct()
    await expect(store.commit([creation(groupStream('a'))], caller(5_000))).rejects.toThrow(StoreUnavailableError)
  })

  test('a read is answered, or fails as unavailable before its caller gives up', async ({ store, place }) => {
    await using _obstacle = await place.obstruct()
    const reads = [
      store.get(['a'], caller(1_000, 1_000)),
      store.find([{ target: { kind: 'group', id: 'a' } }], caller(1_000, 1_000)),
      store.list({}, undefined, 1, caller(1_000, 1_000)),
      store.count({}, caller(1_000, 1_000)),
      store.revision(caller(1_000, 1_000)),
    ]
    for (const outcome of await Promise.allSettled(reads)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StoreUnavailableError)
    }
  })

  test('what fails so without a doubt does not happen later', async ({ store, place }) => {
    const before = groupStream('a')
    const after = { ...before, lastActiveTime: 1_800_000_000 }
    await store.commit([creation(before)])
    let failure: StoreUnavailableError
    {
      await using _obstacle = await place.obstruct()
      failure = await store.commit([update(before, after)], caller(1_000, 1_000)).catch((error) => error)
      expect(failure).toBeInstanceOf(StoreUnavailableError)
    }
    // What was still under way would be done by the time that these are.
    for (let i = 0; i < 20; i++) await store.commit([creation(groupStream(`later ${i}`))])
    const [stored] = (await store.get([before.streamId])).found
    expect(failure.isInDoubt ? [before, after] : [before]).toContainEqual(stored?.stream)
  })

  test('calls go on once the store answers again', async ({ store, place }) => {
    const stream = groupStream('a')
    {
      await using _obstacle = await place.obstruct()
      const lost = [creation(groupStream('b'))]
      await expect(store.commit(lost, caller(1_000, 1_000))).rejects.toThrow(StoreUnavailableError)
    }
    await store.commit([creation(stream)])
    expect((await store.get([stream.streamId], caller(5_000))).found[0]?.stream).toEqual(stream)
  })
}
