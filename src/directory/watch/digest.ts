/** How many streams there are, and the XOR of their etags: of the same streams in the same states, the same. */
export class Digest {
  matching = 0
  value = 0n

  add(etag: bigint): void {
    this.matching += 1
    this.value ^= etag
  }

  remove(etag: bigint): void {
    this.matching -= 1
    this.value ^= etag
  }
}

/** The first 8 bytes that an etag stands for, as a number, the first byte being the highest. */
export function etagNumber(etag: string): bigint {
  return Buffer.from(etag, 'base64url').readBigUInt64BE(0)
}
