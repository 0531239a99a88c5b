/** One allocation. Larger than any encoded stream, which the limits of its fields keep well under it. */
const SLAB_BYTES = 1 << 20
/** Addresses count in units of 4 bytes, so that 32 bits reach 16 GiB. */
const UNIT_BYTES = 4
const UNITS_PER_SLAB = SLAB_BYTES / UNIT_BYTES
const MAX_SLABS = 2 ** 32 / UNITS_PER_SLAB

/** Where in a `Slab` some bytes are: an unsigned 32-bit integer. */
export type Address = number

/**
 * Bytes of many small values in few large allocations: a million values cost no object each, and nothing for the garbage
 * collector to trace. A value is never changed in place, so a view handed out stays what it was, also after `free`.
 */
export class Slab {
  readonly #slabs: (Buffer | undefined)[] = []
  readonly #live: number[] = []
  #active = -1
  #used = SLAB_BYTES

  get allocatedBytes(): number {
    return this.#slabs.filter((slab) => slab !== undefined).length * SLAB_BYTES
  }

  /** Copies the bytes in and tells where they are. */
  store(bytes: Uint8Array): Address {
    const size = unitsOf(bytes.length) * UNIT_BYTES
    if (size > SLAB_BYTES) throw new RangeError(`a value of ${bytes.length} bytes does not fit a slab`)
    if (this.#used + size > SLAB_BYTES) this.#open()
    this.#slabs[this.#active]!.set(bytes, this.#used)
    const address = this.#active * UNITS_PER_SLAB + this.#used / UNIT_BYTES
    this.#used += size
    this.#live[this.#active]! += size
    return address
  }

  /** A view of `length` bytes at the address. */
  view(address: Address, length: number): Uint8Array {
    const slab = this.#slabs[Math.floor(address / UNITS_PER_SLAB)]
    if (!slab) throw new RangeError(`nothing is stored at ${address}`)
    const offset = (address % UNITS_PER_SLAB) * UNIT_BYTES
    return slab.subarray(offset, offset + length)
  }

  /**
   * Gives up the bytes at the address. Returns the index of a slab that is mostly given up, whose remaining values the
   * caller then stores anew (`isIn` tells which) before it calls `release`; undefined where there is nothing to do.
   */
  free(address: Address, length: number): number | undefined {
    const index = Math.floor(address / UNITS_PER_SLAB)
    const live = this.#live[index]! - unitsOf(length) * UNIT_BYTES
    this.#live[index] = live
    return index !== this.#active && live < SLAB_BYTES / 2 ? index : undefined
  }

  isIn(address: Address, slabIndex: number): boolean {
    return Math.floor(address / UNITS_PER_SLAB) === slabIndex
  }

  /** Drops a slab out of which every value was stored anew. */
  release(slabIndex: number): void {
    this.#slabs[slabIndex] = undefined
    this.#live[slabIndex] = 0
  }

  #open(): void {
    // What was given up while the slab was being filled is given back now; nothing else would come back to it.
    if (this.#live[this.#active] === 0) this.release(this.#active)
    const reusable = this.#slabs.indexOf(undefined)
    this.#active = reusable === -1 ? this.#slabs.length : reusable
    if (this.#active === MAX_SLABS) throw new RangeError('the directory is larger than 16 GiB; read the store directly')
    this.#slabs[this.#active] = Buffer.allocUnsafeSlow(SLAB_BYTES)
    this.#live[this.#active] = 0
    this.#used = 0
  }
}

function unitsOf(bytes: number): number {
  return Math.ceil(bytes / UNIT_BYTES)
}
