import { expect, it } from 'vitest'
import { Rotation } from '../../src/workers/rotation.ts'

const workers = [{ id: 1 }, { id: 2 }, { id: 3 }]
const nothing = () => 0

function turns(
  rotation: Rotation,
  count: number,
  candidates = workers,
  pending: (of: { id: number }) => number = nothing,
) {
  return Array.from({ length: count }, () => rotation.next(candidates, pending)?.id)
}

it('gives each its turn, whoever comes and goes', () => {
  const rotation = new Rotation()
  expect(turns(rotation, 5)).toEqual([1, 2, 3, 1, 2])
  expect(turns(rotation, 3, [{ id: 1 }, { id: 2 }])).toEqual([1, 2, 1])
  expect(turns(rotation, 3, [{ id: 4 }, { id: 2 }])).toEqual([2, 4, 2])
})

it('passes over those that have not taken what they were given, while others have', () => {
  const rotation = new Rotation()
  expect(turns(rotation, 4, workers, ({ id }) => (id === 2 ? 1 : 0))).toEqual([1, 3, 1, 3])
  expect(turns(rotation, 3, workers, () => 1)).toEqual([1, 2, 3])
})

it('has nobody where there is nobody', () => {
  expect(turns(new Rotation(), 1, [])).toEqual([undefined])
})
