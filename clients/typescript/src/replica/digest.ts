/** The sixth bits that each character of base64url stands for. */
const BITS: ReadonlyMap<string, number> = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((character, bits) => [character, bits]),
)

/** How many streams there are, and the XOR of their etags: of the same streams in the same states, the same. */
export class Digest {
  matching = 0
  #high = 0
  #low = 0

  add(etag: string): void {
    this.matching += 1
    this.#mix(etag)
  }

  remove(etag: string): void {
    this.matching -= 1
    this.#mix(etag)
  }

  /** As a bookmark has it. */
  get value(): bigint {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0)
  }

  /** Two numbers of 32 bits, since each of a `bigint` would be an object. */
  #mix(etag: string): void {
    this.#high ^= (bits(etag, 0) << 26) | (bits(etag, 1) << 20) | (bits(etag, 2) << 14)
    this.#high ^= (bits(etag, 3) << 8) | (bits(etag, 4) << 2) | (bits(etag, 5) >>> 4)
    this.#low ^= (bits(etag, 5) << 28) | (bits(etag, 6) << 22) | (bits(etag, 7) << 16)
    this.#low ^= (bits(etag, 8) << 10) | (bits(etag, 9) << 4) | (bits(etag, 10) >>> 2)
  }
}

function bits(etag: string, index: number): number {
  return BITS.get(etag[index] ?? 'A') ?? 0
}
