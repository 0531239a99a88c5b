import fc, { type Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import { type Call, callOf } from '../calls.ts'
import { mutated } from './bytes.ts'
import type { Context } from './context.ts'
import { jsonOf, path, question } from './messages.ts'
import { scriptOf } from './scripts.ts'

const MIB = 1024 * 1024

const name = fc.constantFrom('groupId', 'platform', 'pageSize', 'labels', 'chatStream', 'a', '__proto__', '')

/** Values that are wrong, odd, or at a bound. */
const value = fc.oneof(
  fc.constantFrom('1e999', '-1e999', '1e-400', '-0', '0x1', '01', '1.', '.5', 'NaN', 'Infinity', '9007199254740993'),
  fc.constantFrom('2147483648', '-2147483649', '1.5', '"1.5"', '"0x10"', '" 1"', 'true', 'null', 'undefined', ''),
  fc.constantFrom('"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\x41"', '"\t"', '"', '"\\', '\u{feff}""', '/**/1'),
  fc.constantFrom('"2024-02-30T00:00:00Z"', '"0000-00-00T00:00:00Z"', '"9999-12-31T23:59:60Z"', '"STREAM_TYPE_NONE"'),
  fc.integer({ min: 1, max: 400 }).map((digits) => '9'.repeat(digits)),
  fc.json({ maxDepth: 3 }),
)

const object = fc
  .array(fc.tuple(name, value), { maxLength: 6 })
  .map((members) => `{${members.map(([key, text]) => `"${key}":${text}`).join(',')}}`)

const duplicates = fc.tuple(name, value, fc.constantFrom(2, 100, 50_000)).map(
  ([key, text, times]) =>
    `{${Array(times)
      .fill(`"${key}":${text.slice(0, 40)}`)
      .join(',')}}`,
)

const wide = fc
  .tuple(name, fc.constantFrom(100, 10_000, 99_000, 150_000))
  .map(([key, count]) => `{"${key}":{${Array.from({ length: count }, (_, index) => `"${index}":""`).join(',')}}}`)

const deep = fc
  .tuple(fc.constantFrom(50, 1_000, 100_000, 2 * MIB - 100), fc.constantFrom('[', '{"a":', '[{"":'), fc.boolean())
  .map(([depth, open, isClosed]) => {
    const levels = Math.floor(depth / open.length)
    const close = open === '[' ? ']' : open === '{"a":' ? '}' : '}]'
    return `{"a":${open.repeat(levels)}${isClosed ? close.repeat(levels) : ''}}`
  })

const badUtf8 = fc
  .constantFrom('ff', 'c0af', 'eda080', 'f8888080', 'f4908080', 'e282')
  .map((hex) => Buffer.concat([Buffer.from('{"groupId":"'), Buffer.from(hex, 'hex'), Buffer.from('"}')]))

const valid = question.map(({ path, method, message }) => ({ path, bytes: jsonOf(method.input, message) }))

const call: Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: valid.chain(({ path, bytes }) => sent(fc.constant(path), mutated(fc.constant(bytes)))) },
  { weight: 4, arbitrary: sent(path, fc.oneof(object.map(Buffer.from), mutated(object.map(Buffer.from)), badUtf8)) },
  { weight: 1, arbitrary: sent(path, fc.oneof(duplicates, wide, deep).map(Buffer.from)) },
)

function sent(path: Arbitrary<string>, bytes: Arbitrary<Uint8Array>): Arbitrary<Call> {
  const protocol = fc.constantFrom('connect', 'connect', 'connect-stream', 'grpc', 'grpc-web', 'grpc-web-text')
  return fc
    .tuple(protocol as Arbitrary<'connect'>, path, bytes, fc.boolean())
    .map(([protocol, path, bytes, isCompressed]) => callOf(protocol, 'json', path, bytes, isCompressed))
}

/** Requests in JSON, spoilt; JSON that is deep, wide, odd, or none. */
export function json({ door }: Context): Arbitrary<Script> {
  return scriptOf(door, call)
}
