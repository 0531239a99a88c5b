import { expect } from 'vitest'
import { LeaseLostError } from '../../../src/store/store.ts'
import { creation, groupStream, update } from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** Long enough for a lease not to run out in a test. */
const HOUR_MS = 3_600_000

/** Who follows bots into the store, and how far. */
export function following(test: Test): void {
  test('a lease that nobody has is taken, renewed, and kept from others', async ({ store, open }) => {
    const other = await open()
    expect(await store.takeLease('a', HOUR_MS)).toBe('a')
    expect(await other.takeLease('b', HOUR_MS)).toBe('a')
    expect(await store.takeLease('a', HOUR_MS)).toBe('a')
    expect(await other.takeLease('b', HOUR_MS)).toBe('a')
  })

  test('a lease is free once it was given back, and only its holder can do that', async ({ store, open }) => {
    const other = await open()
    await store.takeLease('a', HOUR_MS)
    await other.endLease('b')
    expect(await other.takeLease('b', HOUR_MS)).toBe('a')
    await store.endLease('a')
    expect(await other.takeLease('b', HOUR_MS)).toBe('b')
  })

  test('a lease that ran out is kept by its holder until another takes it', async ({ store, open }) => {
    const other = await open()
    await store.takeLease('a', 0)
    await store.keepPlace({ holder: 'a', source: 's', place: '1' })
    expect(await other.takeLease('b', HOUR_MS)).toBe('b')
    await expect(store.keepPlace({ holder: 'a', source: 's', place: '2' })).rejects.toThrow(LeaseLostError)
    expect(await store.placeIn('s')).toBe('1')
  })

  test('the lease of a holder that is gone is taken at once', async ({ store, open }) => {
    const other = await open()
    await store.takeLease('a', HOUR_MS)
    expect(await other.takeLease('b', HOUR_MS, 'c')).toBe('a')
    expect(await other.takeLease('b', HOUR_MS, 'a')).toBe('b')
  })

  test('of many that ask for the lease at once one gets it', async ({ store, open }) => {
    const stores = [store, ...(await Promise.all([open(), open(), open()]))]
    const holders = await Promise.all(stores.map((each, i) => each.takeLease(`holder ${i}`, HOUR_MS)))
    expect(new Set(holders).size).toBe(1)
    expect(holders[0]).toMatch(/^holder [0-3]$/)
  })

  test('a place is kept for each source, whatever its name, and found by others and later', async ({ store, open }) => {
    await store.takeLease('a', HOUR_MS)
    expect(await store.placeIn('one')).toBeUndefined()
    const names = ['one', 'two', '/a.b/$c d', '']
    for (const source of names) await store.keepPlace({ holder: 'a', source, place: `place in ${source}` })
    await store.keepPlace({ holder: 'a', source: 'two', place: 'another' })
    const other = await open()
    expect(await Promise.all(names.map((source) => other.placeIn(source)))).toEqual([
      'place in one',
      'another',
      'place in /a.b/$c d',
      'place in ',
    ])
  })

  test('a place is kept with what it brought, and both are told of by nobody but the streams', async ({ store }) => {
    await store.takeLease('a', HOUR_MS)
    const before = await store.revision()
    const revision = await store.commit([creation(groupStream('1')), creation(groupStream('2'))], {
      progress: { holder: 'a', source: 's', place: '1' },
    })
    expect(revision).toBeGreaterThan(before)
    expect(await store.placeIn('s')).toBe('1')
    await store.commit([creation(groupStream('3'))], { progress: { holder: 'a', source: 's', place: '2' } })
    expect(await store.placeIn('s')).toBe('2')
    expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 3 }])
  })

  test('what another brings who has lost the lease is not written as a place', async ({ store, open }) => {
    const other = await open()
    await store.takeLease('a', 0)
    await store.commit([creation(groupStream('1'))], { progress: { holder: 'a', source: 's', place: '1' } })
    await other.takeLease('b', HOUR_MS)
    const late = store.commit([creation(groupStream('2')), creation(groupStream('3'))], {
      progress: { holder: 'a', source: 's', place: '2' },
    })
    await expect(late).rejects.toThrow(LeaseLostError)
    expect(await store.placeIn('s')).toBe('1')
  })

  test('a commit that conflicts keeps no place', async ({ store }) => {
    await store.takeLease('a', HOUR_MS)
    const stream = groupStream('1')
    await store.commit([creation(stream)])
    const conflicting = store.commit([update(groupStream('2'), groupStream('2', { customName: 'x' }))], {
      progress: { holder: 'a', source: 's', place: '1' },
    })
    await expect(conflicting).rejects.toThrow('changed meanwhile')
    expect(await store.placeIn('s')).toBeUndefined()
  })
}
