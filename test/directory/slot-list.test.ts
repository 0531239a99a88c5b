import { describe, expect, it } from 'vitest'
import { SlotList } from '../../src/directory/slot-list.ts'

const newList = () => new SlotList((a, b) => a - b)
const slotsOf = (list: SlotList) => Array.from({ length: list.length }, (_, index) => list.at(index))

describe('a list of slots', () => {
  it('is in order, whatever the order in which they come and go', () => {
    const list = newList()
    const slots = Array.from({ length: 100 }, (_, index) => (index * 37) % 100)
    for (const slot of slots) list.add(slot)
    expect(slotsOf(list)).toEqual(slots.toSorted((a, b) => a - b))
    for (const slot of slots.slice(0, 50)) list.remove(slot)
    expect(slotsOf(list)).toEqual(slots.slice(50).sort((a, b) => a - b))
  })

  it('counts what happens to it', () => {
    const list = newList()
    expect(list.version).toBe(0)
    list.add(1)
    expect(list.version).toBe(1)
    list.touch()
    expect(list.version).toBe(2)
    list.remove(1)
    expect([list.version, list.length]).toEqual([3, 0])
  })

  it('refuses to remove a slot that it does not have, and stays as it was', () => {
    const list = newList()
    for (const slot of [1, 3]) list.add(slot)
    for (const slot of [0, 2, 4]) expect(() => list.remove(slot)).toThrow(`slot ${slot} is not in the list`)
    expect(slotsOf(list)).toEqual([1, 3])
  })

  it('finds where a beginning of it ends', () => {
    const list = newList()
    for (let slot = 0; slot < 7; slot++) list.add(slot)
    for (let end = 0; end <= 7; end++) expect(list.search((slot) => slot < end)).toBe(end)
    expect(newList().search(() => true)).toBe(0)
  })
})
