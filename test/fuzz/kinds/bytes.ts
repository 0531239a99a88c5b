import fc, { type Arbitrary } from 'fast-check'

/** Bytes that end something, start something, or are a bound of something, in one of the formats that a server reads. */
const TELLING = [
  ...[0x00, 0x01, 0x02, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x22, 0x5b, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xed, 0xfe, 0xff],
]

type Mutation = (bytes: Buffer) => Buffer

/** A place in bytes of any length. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

const mutation: Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(([at, bit]): Mutation => {
    return (bytes) => {
      const copy = Buffer.from(bytes)
      const index = Math.floor(at * bytes.length)
      if (index < copy.length) copy.writeUInt8(copy.readUInt8(index) ^ (1 << bit), index)
      return copy
    }
  }),
  fc.tuple(place, fc.constantFrom(...TELLING)).map(([at, value]): Mutation => {
    return (bytes) => {
      const copy = Buffer.from(bytes)
      const index = Math.floor(at * bytes.length)
      if (index < copy.length) copy.writeUInt8(value, index)
      return copy
    }
  }),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 16 })).map(([at, more]): Mutation => {
    return (bytes) => {
      const index = Math.floor(at * bytes.length)
      return Buffer.concat([bytes.subarray(0, index), more, bytes.subarray(index)])
    }
  }),
  fc.tuple(place, fc.nat(32)).map(([at, length]): Mutation => {
    return (bytes) => {
      const index = Math.floor(at * bytes.length)
      return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + length)])
    }
  }),
  fc
    .tuple(place, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 50 }))
    .map(([at, length, times]): Mutation => {
      return (bytes) => {
        const index = Math.floor(at * bytes.length)
        const piece = bytes.subarray(index, index + length)
        return Buffer.concat([bytes.subarray(0, index), ...Array(times).fill(piece), bytes.subarray(index)])
      }
    }),
  place.map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, Math.floor(at * bytes.length)),
  ),
)

/** The bytes, mostly spoilt in a few places. */
export function mutated(bytes: Arbitrary<Uint8Array>): Arbitrary<Buffer> {
  const mutations = fc.array(mutation, { maxLength: 4 })
  return fc
    .tuple(bytes, mutations)
    .map(([original, all]) => all.reduce<Buffer>((result, mutate) => mutate(result), Buffer.from(original)))
}

export function mutatedText(text: Arbitrary<string>): Arbitrary<string> {
  return mutated(text.map((value) => Buffer.from(value, 'latin1'))).map((bytes) => bytes.toString('latin1'))
}
