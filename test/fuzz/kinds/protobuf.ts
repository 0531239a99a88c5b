import { toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc, { type Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import { type Call, callOf, PROTOCOLS } from '../calls.ts'
import { mutated } from './bytes.ts'
import type { Context } from './context.ts'
import { path, question } from './messages.ts'
import { scriptOf } from './scripts.ts'

const field = fc.integer({ min: 1, max: 16 })
/** Past the fields that a request may have, and few enough to be made quickly. */
const many = fc.constantFrom(100, 5_000, 99_999, 100_001, 400_000)
const depth = fc.constantFrom(10, 99, 101, 1_000, 20_000)

/** A message in a message in a message, written from the inside, since each tells the length of all within. */
const nested = fc.tuple(field, depth).map(([number, depth]) => {
  const heads: Uint8Array[] = []
  for (let level = 0, length = 0; level < depth; level++) {
    const head = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(length).finish()
    heads.push(head)
    length += head.length
  }
  return Buffer.concat(heads.reverse())
})

/** Groups in groups, of which not all end. */
const groups = fc.tuple(field, depth, fc.double({ min: 0, max: 1, noNaN: true })).map(([number, depth, ended]) => {
  const [start, end] = [WireType.StartGroup, WireType.EndGroup].map((type) =>
    new BinaryWriter().tag(number, type).finish(),
  )
  return Buffer.concat([...Array(depth).fill(start), ...Array(Math.floor(depth * ended)).fill(end)])
})

/** One field over and over: empty texts, empty messages, numbers, packed numbers, ends of groups that never started. */
const repeated = fc
  .tuple(
    field,
    many,
    fc.constantFrom([WireType.LengthDelimited, 0], [WireType.Varint, 1], [WireType.LengthDelimited, 2, 8, 1]),
  )
  .map(([number, times, [type, ...content]]) => {
    const one = Buffer.concat([new BinaryWriter().tag(number, type as WireType).finish(), Buffer.from(content)])
    return Buffer.alloc(times * one.length, one)
  })

/** Tags and lengths that no writer makes. */
const impossible = fc
  .constantFrom(
    '00',
    '07',
    '0fffffffff',
    '0affffffff0f',
    '0affffffffffffffffff01',
    '0a80808080808080808080808000',
    '0a80808080',
    'ffffffffffffffffff7f',
    '0c',
    '0b0b0c',
    '0d00',
    '09',
  )
  .map((hex) => Buffer.from(hex, 'hex'))

const encoded = question.map(({ path, method, message }) => ({ path, bytes: toBinary(method.input, message) }))

const call: Arbitrary<Call> = fc.oneof(
  { weight: 5, arbitrary: encoded.chain(({ path, bytes }) => sent(fc.constant(path), mutated(fc.constant(bytes)))) },
  { weight: 3, arbitrary: sent(path, mutated(fc.oneof(impossible, nested, groups))) },
  { weight: 1, arbitrary: sent(path, fc.oneof(nested, groups, repeated, impossible)) },
)

function sent(path: Arbitrary<string>, bytes: Arbitrary<Uint8Array>): Arbitrary<Call> {
  return fc
    .tuple(fc.constantFrom(...PROTOCOLS), path, bytes, fc.boolean())
    .map(([protocol, path, bytes, isCompressed]) => callOf(protocol, 'proto', path, bytes, isCompressed))
}

/** Messages of the contract, spoilt; messages that are deep or long; bytes that are no message. */
export function protobuf({ door }: Context): Arbitrary<Script> {
  return scriptOf(door, call)
}
