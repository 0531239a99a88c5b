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
})
