import { describe, expect, it } from 'vitest'
import { Slab } from '../../src/directory/slab.ts'

const MIB = 2 ** 20

describe('a slab', () => {
  it('gives back what it stored', () => {
    const slab = new Slab()
    const values = Array.from({ length: 10_000 }, (_, index) => Buffer.from(`value ${index}`.repeat((index % 50) + 1)))
    const addresses = values.map((value) => slab.store(value))
    values.forEach((value, index) => {
      expect(Buffer.compare(slab.view(addresses[index]!, value.length), value)).toBe(0)
    })
  })

  it('takes no more memory where values come and go', () => {
    const slab = new Slab()
    const value = Buffer.alloc(200)
    for (let i = 0; i < 100_000; i++) slab.free(slab.store(value), value.length)
    expect(slab.allocatedBytes).toBeLessThanOrEqual(2 * MIB)
  })

  it('names a slab that is mostly given up, and forgets it once it is cleared', () => {
    const slab = new Slab()
    const value = Buffer.alloc(100_000)
    const addresses = Array.from({ length: 40 }, () => slab.store(value))
    const before = slab.allocatedBytes
    let sparse: number | undefined
    for (const address of addresses.slice(0, 7)) sparse = slab.free(address, value.length) ?? sparse
    expect(sparse).toBe(0)
    expect(addresses.filter((address) => slab.isIn(address, 0))).toHaveLength(10)
    slab.release(0)
    expect(slab.allocatedBytes).toBe(before - MIB)
  })

  it('holds values as large as one allocation, and refuses larger ones', () => {
    const slab = new Slab()
    const largest = Buffer.alloc(MIB, 7)
    const addresses = [slab.store(largest), slab.store(largest)]
    for (const address of addresses) expect(Buffer.compare(slab.view(address, MIB), largest)).toBe(0)
    expect(slab.allocatedBytes).toBe(2 * MIB)
    expect(() => slab.store(Buffer.alloc(MIB + 1))).toThrow(`a value of ${MIB + 1} bytes does not fit a slab`)
  })

  it('has nothing where nothing was stored, or all was cleared', () => {
    const slab = new Slab()
    expect(() => slab.view(0, 1)).toThrow('nothing is stored at 0')
    const address = slab.store(Buffer.from('a'))
    slab.release(0)
    expect(() => slab.view(address, 1)).toThrow(RangeError)
  })

  it('asks for nothing while a slab is being filled, or half of it is in use', () => {
    const slab = new Slab()
    const half = Buffer.alloc(MIB / 2)
    const [first, second] = [slab.store(half), slab.store(half)]
    expect(slab.free(first, half.length)).toBeUndefined()
    expect(slab.free(second, half.length)).toBeUndefined()
    const [third, fourth] = [1, 2, 3].map(() => slab.store(half)) as [number, number, number]
    expect(slab.free(third, half.length)).toBeUndefined()
    expect(slab.free(fourth, half.length)).toBeTypeOf('number')
  })

  it('uses the room of what was cleared for what comes next', () => {
    const slab = new Slab()
    const whole = Buffer.alloc(MIB)
    const [first] = [1, 2, 3].map(() => slab.store(whole))
    expect(slab.free(first!, MIB)).toBe(0)
    slab.release(0)
    const again = slab.store(whole)
    expect(again).toBe(first)
    expect(slab.allocatedBytes).toBe(3 * MIB)
  })
})
