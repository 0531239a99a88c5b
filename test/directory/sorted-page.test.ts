import { describe, expect, it } from 'vitest'
import { SortedPage } from '../../src/directory/sorted-page.ts'

const places = { positionOf: (slot: number) => slot, streamIdOf: (slot: number) => `s${slot}` }
const ascending = { by: 'createTime', isDescending: false } as const

function slots(page: SortedPage): number[] {
  return page.entries.map(({ slot }) => slot)
}

describe('a sorted page', () => {
  it('keeps the first of what is offered, ties by their places, and tells that there is more', () => {
    const page = new SortedPage(ascending, undefined, 2, places)
    page.offer(5, 10)
    page.offer(1, 20)
    expect(page.isCut).toBe(false)
    page.offer(3, 10)
    expect(slots(page)).toEqual([3, 5])
    expect(page.isCut).toBe(true)
  })

  it('starts behind a place', () => {
    const after = { key: 10, position: 3, streamId: 's3' }
    const page = new SortedPage(ascending, after, 5, places)
    for (const [slot, key] of [
      [3, 10],
      [4, 10],
      [2, 10],
      [1, 11],
      [9, 9],
    ] as const)
      page.offer(slot, key)
    expect(slots(page)).toEqual([4, 1])
    expect(page.isCut).toBe(false)
  })

  it('goes no further than it knows once something is withdrawn after more was left out', () => {
    const page = new SortedPage(ascending, undefined, 2, places)
    for (const slot of [1, 2, 3]) page.offer(slot, slot)
    page.withdraw(1)
    page.offer(4, 4)
    expect(slots(page)).toEqual([2])
    page.offer(0, 0)
    expect(slots(page)).toEqual([0, 2])
    expect(page.isCut).toBe(true)
  })

  it('has room again for what was withdrawn while nothing was left out', () => {
    const page = new SortedPage({ ...ascending, isDescending: true }, undefined, 2, places)
    page.offer(1, 1)
    page.offer(2, 2)
    page.withdraw(2)
    page.withdraw(7)
    page.offer(0, 0)
    expect(slots(page)).toEqual([1, 0])
    expect(page.isCut).toBe(false)
  })
})
