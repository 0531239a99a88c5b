import { EventEmitter, once } from 'node:events'
import { renameSync } from 'node:fs'

import { describe, expect, it, onTestFinished } from 'vitest'
import { type Availability, StoreMonitor } from '../../src/directory/store-monitor.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../support/directory.ts'
import { recordedLog } from '../support/log.ts'

/** Long enough that no test waits for it. */
const NEVER_MS = 3_600_000

/** Follows a store and keeps what was told. */
function follow(store: Store, options?: { intervalMs: number }) {
  const told: Availability[] = []
  const telling = new EventEmitter()
  const { log, lines } = recordedLog()
  const monitor = new StoreMonitor(
    store,
    log,
    (availability) => {
      told.push(availability)
      telling.emit('told')
    },
    options,
  )
  const ending = new AbortController()
  const following = monitor.follow(ending.signal)
  onTestFinished(async () => {
    ending.abort()
    await following
  })
  return { monitor, told, lines, next: () => once(telling, 'told') }
}

describe('the monitor of a store', () => {
  it('tells once that writes are away, with the reason, and once that they are back', async () => {
    const store = await openTestStore()
    const { told, lines, next } = follow(store)
    renameSync(store.path, `${store.path}.away`)
    await next()
    expect(told).toEqual([
      { reads: true, writes: false, reason: 'the database file was removed or replaced while it was open' },
    ])
    renameSync(`${store.path}.away`, store.path)
    await next()
    expect(told.slice(1)).toEqual([{ reads: true, writes: true }])
    expect(lines).toMatchObject([
      { level: 50, msg: 'the store takes no writes', err: { message: expect.stringContaining(store.path) } },
      { level: 30, msg: 'the store takes writes again' },
    ])
  })

  it('looks at once when it is told of a write that failed', async () => {
    const store = await openTestStore()
    const probed = Promise.withResolvers<void>()
    const probe = store.probe.bind(store)
    store.probe = (options) => probe(options).finally(probed.resolve)
    const { monitor, told, next } = follow(store, { intervalMs: NEVER_MS })
    await probed.promise
    renameSync(store.path, `${store.path}.away`)
    monitor.hasten()
    await next()
    expect(told).toMatchObject([{ writes: false }])
  })

  it('takes one probe that fails for nothing: who was held up finds the time past', async () => {
    const store = await openTestStore()
    const probe = store.probe.bind(store)
    const looked = Promise.withResolvers<void>()
    let probes = 0
    store.probe = async (options) => {
      probes += 1
      if (probes === 1) throw new Error('late')
      if (probes === 3) looked.resolve()
      return probe(options)
    }
    const { told, lines } = follow(store)
    await looked.promise
    expect([told, lines]).toEqual([[], []])
  })

  it('tells of a store that fails in ways that nobody foresaw, and shows nobody how', async () => {
    const store = await openTestStore()
    store.probe = async () => {
      throw new TypeError('secret')
    }
    const { told, lines, next } = follow(store)
    await next()
    expect(told).toEqual([{ reads: true, writes: false, reason: 'the database does not answer, or refuses' }])
    expect(lines).toMatchObject([{ level: 50, err: { message: 'secret' } }])
  })
})
