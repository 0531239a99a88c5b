import { expect } from 'vitest'
import type { Capabilities } from '../../../src/store/store.ts'
import { creation, groupStream } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { cursorNow } from '../watcher.ts'
import { disturbed, outcomeOf } from './moments.ts'
import { fill } from './snapshots.ts'

/** Calls end with the reason of their signal. */
export function signals(test: Test, capabilities: Capabilities): void {
  test('a call with a signal that is aborted already throws its reason', async ({ store }) => {
    const reason = new Error('not wanted any more')
    const options = { signal: AbortSignal.abort(reason) }
    await expect(store.get(['a'], options)).rejects.toBe(reason)
    await expect(store.find([{ target: { kind: 'group', id: '1' } }], options)).rejects.toBe(reason)
    await expect(store.list({}, undefined, 1, options)).rejects.toBe(reason)
    await expect(store.count({}, options)).rejects.toBe(reason)
    await expect(store.revision(options)).rejects.toBe(reason)
    await expect(store.snapshot(options)).rejects.toBe(reason)
    await expect(store.commit([creation(groupStream('a'))], options)).rejects.toBe(reason)
    await expect(store.probe(options)).rejects.toBe(reason)
  })

  test('a commit with a signal that is aborted already does not happen', async ({ store }) => {
    const stream = groupStream('a')
    await expect(store.commit([creation(stream)], { signal: AbortSignal.abort() })).rejects.toThrow()
    await store.commit([creation(groupStream('b'))])
    expect((await store.get([stream.streamId])).found).toEqual([undefined])
  })

  test('a commit whose signal is aborted under way happens whole or not at all, and the store goes on', async ({
    store,
  }) => {
    const reason = new Error('changed my mind')
    const rounds = await disturbed(async (moment, round) => {
      const streams = Array.from({ length: 100 }, (_, i) => groupStream(`${round}-${i}`))
      const controller = new AbortController()
      const outcome = outcomeOf(store.commit(streams.map(creation), { signal: controller.signal }))
      await moment()
      controller.abort(reason)
      const result = await outcome
      await store.commit([creation(groupStream(`next ${round}`))])
      const { found } = await store.get(streams.map(({ streamId }) => streamId))
      const stored = found.filter((entry) => entry !== undefined).length
      if (result === 'done') expect(stored).toBe(100)
      else expect(result).toBe(reason)
      if (capabilities.atomicCommits) expect([0, 100]).toContain(stored)
      return result === 'done'
    })
    expect(rounds).toBeGreaterThan(0)
  })

  test('a snapshot whose signal is aborted between its batches throws the reason', async ({ store }) => {
    await fill(2_500, (mutations) => store.commit(mutations))
    const controller = new AbortController()
    const reason = new Error('enough')
    const { batches } = await store.snapshot({ signal: controller.signal })
    let read = 0
    const reading = (async () => {
      for await (const batch of batches) {
        read += batch.length
        controller.abort(reason)
      }
    })()
    await expect(reading).rejects.toBe(reason)
    expect(read).toBeLessThanOrEqual(1_000)
    await store.commit([creation(groupStream('after'))])
  })

  if (capabilities.watch) {
    test('a waiting watch throws the reason of its signal', async ({ store }) => {
      const controller = new AbortController()
      const reason = new Error('enough')
      const iterator = store.watch(await cursorNow(store), { signal: controller.signal })[Symbol.asyncIterator]()
      const revision = await store.commit([creation(groupStream('a'))])
      for (let event = await iterator.next(); event.value.revision < revision; ) event = await iterator.next()
      const waiting = drained(iterator)
      controller.abort(reason)
      await expect(waiting).rejects.toBe(reason)
      await store.commit([creation(groupStream('b'))])
    })

    test('a watch with a signal that is aborted already throws its reason', async ({ store }) => {
      const reason = new Error('not wanted any more')
      const watch = store.watch(await cursorNow(store), { signal: AbortSignal.abort(reason) })
      await expect(watch[Symbol.asyncIterator]().next()).rejects.toBe(reason)
    })
  }
}

async function drained(iterator: AsyncIterator<unknown>): Promise<void> {
  while (!(await iterator.next()).done);
}
