import { beforeEach, describe, expect, test } from 'vitest'
import { RateLimit } from '../../src/access/rate-limit.ts'

let now: number
let limit: RateLimit

beforeEach(() => {
  now = 0
  limit = new RateLimit(10, () => now)
})

/** How many calls pass before one is refused. */
function passing(caller: string): number {
  for (let calls = 0; ; calls++) {
    try {
      limit.take(caller)
    } catch {
      return calls
    }
  }
}

describe('a limit of ten calls a second', () => {
  test('lets a burst of two seconds pass, and then ten a second', () => {
    expect(passing('one')).toBe(20)
    now += 1_000
    expect(passing('one')).toBe(10)
    now += 3_600_000
    expect(passing('one')).toBe(20)
  })

  test('is for each caller', () => {
    expect(passing('one')).toBe(20)
    expect(passing('two')).toBe(20)
  })

  test('says when the next call passes', () => {
    passing('one')
    now += 40
    const refused = {
      reason: 'RATE_LIMITED',
      message: 'more than 10 calls a second; ask again in 60 ms',
      retryAfterMs: 60,
    }
    expect(() => limit.take('one')).toThrow(expect.objectContaining(refused))
    now += 60
    limit.take('one')
  })

  test('costs a caller nothing more to be refused', () => {
    passing('one')
    for (let call = 0; call < 100; call++) expect(() => limit.take('one')).toThrow()
    now += 100
    limit.take('one')
  })

  test('is held though there are more callers than it remembers', () => {
    passing('one')
    for (let caller = 0; caller < 49_999; caller++) limit.take(`stranger ${caller}`)
    expect(() => limit.take('one')).toThrow()
  })
})

test('a limit under one call a second lets the first pass', () => {
  limit = new RateLimit(0.1, () => now)
  expect(passing('one')).toBe(1)
  now += 10_000
  expect(passing('one')).toBe(1)
})
