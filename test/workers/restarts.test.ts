import { expect, it } from 'vitest'
import { Restarts } from '../../src/workers/restarts.ts'

it('replaces workers at once, then later and later while they do not last, and at once again', () => {
  const restarts = new Restarts()
  const delays = Array.from({ length: 10 }, () => restarts.delayMs(100))
  expect(delays).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  expect([restarts.delayMs(10_000), restarts.delayMs(0)]).toEqual([0, 250])
})
