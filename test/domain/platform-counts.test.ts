import { expect, it } from 'vitest'
import { PlatformCounts } from '../../src/domain/platform-counts.ts'

it('counts add up by platform and type', () => {
  const counts = new PlatformCounts()
  counts.add('qq', 'group', 2)
  counts.add('telegram', 'group', 1)
  counts.add('qq', 'private', 4)
  counts.add('qq', 'group', 3)
  expect(counts.all()).toEqual([
    { platform: 'qq', type: 'group', count: 5 },
    { platform: 'telegram', type: 'group', count: 1 },
    { platform: 'qq', type: 'private', count: 4 },
  ])
})

it('what is taken away again is absent', () => {
  const counts = new PlatformCounts()
  counts.add('qq', 'group', 2)
  counts.add('qq', 'private', 1)
  counts.add('qq', 'group', -2)
  expect(counts.all()).toEqual([{ platform: 'qq', type: 'private', count: 1 }])
})
