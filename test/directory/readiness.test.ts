import { describe, expect, it } from 'vitest'
import { type Circumstances, readinessOf } from '../../src/directory/readiness.ts'

const GOOD: Circumstances = {
  isLoaded: true,
  isDraining: false,
  hasView: true,
  store: { reads: true, writes: true },
  readyWhen: 'reads',
}
const AWAY = { reads: false, writes: false, reason: 'the disk is full' }
const READ_ONLY = { reads: true, writes: false, reason: 'the user may not write' }

const SERVING = { isServing: true, takesWrites: true }
const READING = { isServing: true, takesWrites: false }
const NEITHER = { isServing: false, takesWrites: false }

describe('a server is ready', () => {
  it.each<[string, Partial<Circumstances>, object]>([
    ['for all, once it is loaded', {}, SERVING],
    ['for nothing, while it loads', { isLoaded: false }, { ...NEITHER, reason: 'the directory is still loading' }],
    ['for nothing, while it drains', { isDraining: true }, { ...NEITHER, reason: 'the server is shutting down' }],
    ['for reads, with a view and no store', { store: AWAY }, { ...READING, reason: AWAY.reason }],
    ['for nothing, with neither', { store: AWAY, hasView: false }, { ...NEITHER, reason: AWAY.reason }],
    [
      'for reads, without a view, where the store answers those',
      { store: READ_ONLY, hasView: false },
      { ...READING, reason: READ_ONLY.reason },
    ],
    [
      'for nothing without writes, where it is to be so',
      { store: AWAY, readyWhen: 'writes' },
      { ...NEITHER, reason: AWAY.reason },
    ],
    ['for all with writes, where it is to be so', { readyWhen: 'writes' }, SERVING],
  ])('%s', (_when, circumstances, readiness) => {
    expect(readinessOf({ ...GOOD, ...circumstances })).toEqual(readiness)
  })
})
