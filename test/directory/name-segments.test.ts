import { describe, expect, it } from 'vitest'
import { NameSegments } from '../../src/directory/name-segments.ts'

function found(names: NameSegments, wanted: string): number[] {
  return Array.from({ length: names.segmentCount }, (_, index) => [...names.search(index, wanted)]).flat()
}

describe('segments of names', () => {
  it('find a part of a name, of one character on, and each slot once', () => {
    const names = new NameSegments()
    names.set(3, '猫咖猫')
    names.set(5_000, 'cats\n小猫')
    names.set(4, 'dogs')
    expect(found(names, '猫')).toEqual([3, 5_000])
    expect(found(names, 's')).toEqual([4, 5_000])
    expect(found(names, 'birds')).toEqual([])
  })

  it('find nothing across two slots', () => {
    const names = new NameSegments()
    names.set(0, 'ab')
    names.set(1, 'cab')
    expect(found(names, 'bc')).toEqual([])
    expect(found(names, 'ca')).toEqual([1])
  })

  it('forget a name that was replaced or removed, before and after a search', () => {
    const names = new NameSegments()
    names.set(0, 'one')
    names.set(1, 'two')
    names.set(0, 'three')
    expect(found(names, 'one')).toEqual([])
    names.set(1, '')
    names.set(2, 'two')
    expect([names.get(0), names.get(1), names.get(2), names.get(3)]).toEqual(['three', '', 'two', ''])
    expect(found(names, 'two')).toEqual([2])
    expect(found(names, 'three')).toEqual([0])
  })

  it('hold more changes than they write at a time', () => {
    const names = new NameSegments()
    for (let slot = 0; slot < 10_000; slot++) names.set(slot, `name ${slot}`)
    for (let slot = 0; slot < 10_000; slot += 2) names.set(slot, `even ${slot}`)
    expect(found(names, 'even')).toHaveLength(5_000)
    expect(found(names, 'name 777')).toEqual([777, 7_771, 7_773, 7_775, 7_777, 7_779])
    expect(names.get(9_998)).toBe('even 9998')
  })
})
