import { describe, expect, test } from 'vitest'
import { StreamLimit } from '../../src/access/stream-limit.ts'

describe('a limit on streams', () => {
  test('holds for each caller by itself, and says when to ask again', () => {
    const limit = new StreamLimit(2)
    limit.open('a')
    limit.open('a')
    limit.open('b')
    expect(() => limit.open('a')).toThrow(expect.objectContaining({ reason: 'RATE_LIMITED', retryAfterMs: 1_000 }))
    limit.open('b')
  })

  test('has room again once a stream is closed', () => {
    const limit = new StreamLimit(1)
    for (let time = 0; time < 3; time++) {
      limit.open('a')
      expect(() => limit.open('a')).toThrow('1 streams of this caller are open')
      limit.close('a')
    }
  })
})
