import { describe, expect, it } from 'vitest'
import { formatRevision, laterOf, parseRevision } from '../../src/domain/revision.ts'

describe('a revision', () => {
  it.each([0n, 7n, 2n ** 64n - 1n])('is read back from its text: %s', (revision) => {
    expect(parseRevision(formatRevision(revision))).toBe(revision)
  })

  it.each(['', 'x', '-1', '1x', 'x1', '1.5', ' 1', '0x1', '18446744073709551616', '0'.repeat(21)])(
    'is no text like %j',
    (text) => {
      expect(parseRevision(text)).toBeUndefined()
    },
  )

  it('is later the larger it is', () => {
    expect(laterOf(9n, 10n)).toBe(10n)
    expect(laterOf(10n, 9n)).toBe(10n)
  })
})
