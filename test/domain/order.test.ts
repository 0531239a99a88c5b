import { describe, expect, it } from 'vitest'
import { comparePlaces } from '../../src/domain/place.ts'
import { byRecency, compareText } from '../../src/domain/stream.ts'
import { groupStream } from '../support/streams.ts'

describe('text', () => {
  it('is ordered by UTF-16 code units', () => {
    expect(['é', 'b', 'B', 'ba', '\u{1f600}', '\uffff'].sort(compareText)).toEqual([
      'B',
      'b',
      'ba',
      'é',
      '\u{1f600}',
      '\uffff',
    ])
    expect([compareText('a', 'b'), compareText('b', 'a'), compareText('a', 'a')]).toEqual([-1, 1, 0])
  })
})

describe('places', () => {
  it('are in the order of their positions, and where those are equal of their ids', () => {
    const places = [
      { position: 10, streamId: 'a' },
      { position: 9, streamId: 'b' },
      { position: 9, streamId: 'a' },
    ]
    expect(places.sort(comparePlaces)).toEqual([
      { position: 9, streamId: 'a' },
      { position: 9, streamId: 'b' },
      { position: 10, streamId: 'a' },
    ])
  })
})

describe('streams by recency', () => {
  it('are the most recently active first, and of equally recent ones the smaller id', () => {
    const streams = [
      groupStream('1', { streamId: 'old', lastActiveTime: 5 }),
      groupStream('1', { streamId: 'b', lastActiveTime: 9 }),
      groupStream('1', { streamId: 'a', lastActiveTime: 9 }),
    ]
    expect(streams.sort(byRecency).map(({ streamId }) => streamId)).toEqual(['a', 'b', 'old'])
  })
})
