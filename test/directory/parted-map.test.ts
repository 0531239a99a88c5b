import { expect, it } from 'vitest'
import { PartedMap } from '../../src/directory/parted-map.ts'

const KEYS = Array.from({ length: 5_000 }, (_, index) => `${index}`)

it('holds what a map holds', () => {
  const map = new PartedMap<number>()
  for (const [index, key] of KEYS.entries()) map.set(key, index)
  for (const key of KEYS.slice(0, 1_000)) map.set(key, -1)
  for (const key of KEYS.slice(4_000)) expect(map.delete(key)).toBe(true)
  expect(map.delete('4999')).toBe(false)
  expect(map.size).toBe(4_000)
  expect([map.get('0'), map.get('3999'), map.get('4000')]).toEqual([-1, 3_999, undefined])
  expect([...map.keys()].toSorted()).toEqual(KEYS.slice(0, 4_000).toSorted())
})

it('takes any text for a key, also an empty one', () => {
  const map = new PartedMap<string>()
  for (const key of ['', 'a', '🐾', '\0']) map.set(key, key)
  expect(['', 'a', '🐾', '\0'].map((key) => map.get(key))).toEqual(['', 'a', '🐾', '\0'])
})
