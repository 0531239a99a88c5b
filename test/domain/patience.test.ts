import { describe, expect, it } from 'vitest'
import { patienceMs } from '../../src/domain/patience.ts'

describe('the patience with which something is tried for a caller', () => {
  it.each([
    [100, 90],
    [1_000, 900],
    [5_000, 4_500],
    [10_000, 9_500],
    [60_000, 59_500],
  ])('ends, for one that waits %i ms, after %i ms', (timeoutMs, patience) => {
    expect(patienceMs({ timeoutMs: () => timeoutMs })).toBe(patience)
  })

  it('ends within five seconds for one that does not say how long it waits', () => {
    expect(patienceMs({ timeoutMs: () => undefined })).toBe(4_500)
  })

  it('is over for one that waits no longer', () => {
    expect(patienceMs({ timeoutMs: () => -3 })).toBe(0)
  })

  it('has no end where nobody waits', () => {
    expect(patienceMs({})).toBe(Number.POSITIVE_INFINITY)
  })
})
