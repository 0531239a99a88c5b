import { describe, expect, it } from 'vitest'
import { NameIndex } from '../../src/directory/name-index.ts'
import { groupStream } from '../support/streams.ts'

function named(groupName: string, customName?: string) {
  return groupStream('1', { groupInfo: { platform: 'qq', groupId: '1', groupName }, ...(customName && { customName }) })
}

function slots(index: NameIndex, name: string): number[] {
  return [...index.get(name)].sort((a, b) => a - b)
}

describe('an index of names', () => {
  it('has the slots of each name, the one given by people among them', () => {
    const index = new NameIndex()
    index.add(1, named('cats', 'my cats'))
    index.add(2, named('cats'))
    index.add(3, named('', 'dogs'))
    expect(slots(index, 'cats')).toEqual([1, 2])
    expect(slots(index, 'my cats')).toEqual([1])
    expect(slots(index, 'dogs')).toEqual([3])
    expect(slots(index, '')).toEqual([])
    expect(slots(index, 'cat')).toEqual([])
  })

  it('forgets a slot, whichever of its name it is, and no other', () => {
    for (const gone of [0, 1, 2]) {
      const index = new NameIndex()
      for (const slot of [0, 1, 2]) index.add(slot, named('same'))
      index.remove(gone, named('same'))
      expect(slots(index, 'same')).toEqual([0, 1, 2].filter((slot) => slot !== gone))
      index.add(7, named('other', 'same'))
      expect(slots(index, 'same')).toContain(7)
    }
  })

  it('takes a stream once whose names are the same, and says so where a name is not there', () => {
    const index = new NameIndex()
    index.add(1, named('same', 'same'))
    index.remove(1, named('same', 'same'))
    expect(slots(index, 'same')).toEqual([])
    expect(() => index.remove(1, named('same'))).toThrow(RangeError)
  })

  it('agrees with a plain map over many names that come and go', () => {
    const index = new NameIndex()
    const model = new Map<number, string>()
    for (let step = 0; step < 30_000; step++) {
      const slot = (step * 7_919) % 9_001
      const known = model.get(slot)
      if (known !== undefined) {
        index.remove(slot, named(known))
        model.delete(slot)
      }
      if (step % 3 !== 0) {
        model.set(slot, `name ${step % 2_000}`)
        index.add(slot, named(model.get(slot)!))
      }
    }
    for (let name = 0; name < 2_000; name += 37) {
      const expected = [...model].filter(([, each]) => each === `name ${name}`).map(([slot]) => slot)
      expect(slots(index, `name ${name}`)).toEqual(expected.sort((a, b) => a - b))
    }
  })
})
