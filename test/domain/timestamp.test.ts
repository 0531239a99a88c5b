import { describe, expect, it } from 'vitest'
import { joinTime, splitTime, type Timestamp } from '../../src/domain/timestamp.ts'

/** 8 April 1970: from here on doubles of seconds are no denser than nanoseconds. */
const FIRST_EXACT = 2 ** 23
const LAST = 253_402_300_799

/** Numbers from 0 to 1, the same ones in each run. */
function* fractions(count: number): Generator<number> {
  let state = 42
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const high = state
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield (high + state / 2 ** 32) / 2 ** 32
  }
}

/** The decimal in which JavaScript writes a number, which is the shortest that stands for it. */
function shortest(time: number): Timestamp {
  const [whole, digits = ''] = String(Math.abs(time)).split('.')
  const nanos = Number(digits.padEnd(9, '0'))
  if (time >= 0 || nanos === 0) return { seconds: Number(whole) * Math.sign(time), nanos }
  return { seconds: -Number(whole) - 1, nanos: 1e9 - nanos }
}

function roundTrip(time: number): number {
  return joinTime(splitTime(time))
}

describe('a time', () => {
  it('is told as the shortest decimal that gives the double back, in a million of them', { timeout: 120_000 }, () => {
    const wrong: unknown[] = []
    for (const fraction of fractions(1_000_000)) {
      // Most of the times that there are, and those between which doubles get sparser.
      const time =
        fraction < 0.7 ? 1.5e9 + fraction * 5e8 : FIRST_EXACT * (LAST / FIRST_EXACT) ** ((fraction - 0.7) / 0.3)
      const split = splitTime(time)
      const expected = shortest(time)
      const isRight = split.seconds === expected.seconds && split.nanos === expected.nanos && roundTrip(time) === time
      if (isRight) continue
      wrong.push({ time, split, expected })
      if (wrong.length === 5) break
    }
    expect(wrong).toEqual([])
  })

  it('that a clock told in milliseconds or microseconds has no more digits', () => {
    const times: [number, number][] = [
      [1_700_000_002.024, 24_000_000],
      [1_740_184_359.439_611_2, 439_611_200],
      [1_690_079_200.123_456, 123_456_000],
      [1_699_999_999.999_999_8, 999_999_800],
      [FIRST_EXACT + 0.1, 100_000_000],
      [253_402_300_798.5, 500_000_000],
    ]
    for (const [time, nanos] of times) expect(splitTime(time)).toEqual({ seconds: Math.floor(time), nanos })
  })

  it('before the epoch counts nanoseconds forward', () => {
    expect(splitTime(-1.5)).toEqual({ seconds: -2, nanos: 500_000_000 })
    expect(splitTime(-1_700_000_000.024)).toEqual({ seconds: -1_700_000_001, nanos: 976_000_000 })
    for (const fraction of fractions(10_000)) {
      const time = -FIRST_EXACT - fraction * 6e10
      expect(splitTime(time)).toEqual(shortest(time))
      expect(roundTrip(time)).toBe(time)
    }
  })

  it('of the first months of 1970 is told to the nearest nanosecond', () => {
    expect(splitTime(1e-10)).toEqual({ seconds: 0, nanos: 0 })
    expect(splitTime(0.1 + 0.2)).toEqual({ seconds: 0, nanos: 300_000_000 })
    expect(splitTime(1 - 2 ** -53)).toEqual({ seconds: 1, nanos: 0 })
    for (const fraction of fractions(10_000)) {
      const time = fraction * FIRST_EXACT
      expect(Math.abs(roundTrip(time) - time)).toBeLessThanOrEqual(1e-9)
    }
  })
})
