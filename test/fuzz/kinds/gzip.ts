import { gzipSync } from 'node:zlib'
import { toBinary } from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import { type Codec, enveloped, PROTOCOLS, withBody } from '../calls.ts'
import { mutated } from './bytes.ts'
import type { Context } from './context.ts'
import { jsonOf, path, questionOf } from './messages.ts'
import { scriptOf } from './scripts.ts'

const MIB = 1024 * 1024

/** Little on the wire and much in memory; made when first used, since each takes a while. */
const bombs = [
  () => Buffer.alloc(4 * MIB - 10),
  () => Buffer.alloc(4 * MIB + 1),
  () => Buffer.from(`{"a":${'['.repeat(2 * MIB - 100)}${']'.repeat(2 * MIB - 100)}}`),
  () => Buffer.from(`{"labels":{${Array.from({ length: 99_000 }, (_, index) => `"${index}":""`).join(',')}}}`),
  () => Buffer.alloc(4 * MIB - 10, Buffer.of(0x0a, 0x00)),
  () => Buffer.alloc(16 * MIB),
].map(once)

function once(make: () => Buffer): () => Buffer {
  let made: Buffer | undefined
  return () => {
    made ??= gzipSync(make())
    return made
  }
}

const message = questionOf('GetStreamByGroupId', 'OpenStream', 'GetAllStreams').chain(({ path, method, message }) =>
  fc.constantFrom<Codec>('proto', 'json').map((codec) => {
    const bytes = codec === 'proto' ? toBinary(method.input, message) : jsonOf(method.input, message)
    return { path, codec, bytes }
  }),
)

/** What compresses to nothing, or nothing that was compressed. */
const raw = fc.constantFrom(
  Buffer.alloc(0),
  Buffer.from('1f8b', 'hex'),
  Buffer.from('1f8b0800000000000003', 'hex'),
  gzipSync(Buffer.alloc(0)),
  Buffer.from('not compressed'),
)

const spoilt = message.chain(({ path, codec, bytes }) => {
  const whole = gzipSync(bytes)
  const content = fc.oneof(
    fc.constant(whole),
    mutated(fc.constant(whole)),
    fc.nat(whole.length).map((end) => whole.subarray(0, end)),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((garbage) => Buffer.concat([whole, garbage])),
    fc.integer({ min: 2, max: 500 }).map((members) => Buffer.concat(Array(members).fill(whole))),
    raw,
  )
  return content.map((bytes) => ({ path, codec, bytes }))
})

const bomb = fc
  .tuple(path, fc.constantFrom<Codec>('proto', 'json'), fc.constantFrom(...bombs))
  .map(([path, codec, make]) => ({ path, codec, bytes: make() }))

const encoding = fc.oneof(
  { weight: 12, arbitrary: fc.constant('gzip') },
  { weight: 3, arbitrary: fc.constantFrom('identity', 'br', 'deflate', 'x-gzip', 'gzip, gzip', 'GZIP', '', 'a b') },
)

/** Compressed messages: broken, many in one, far larger than they look, and under other names. */
export function gzip({ door }: Context): Arbitrary<Script> {
  const content = fc.oneof({ weight: 9, arbitrary: spoilt }, { weight: 1, arbitrary: bomb })
  const flags = fc.constantFrom(1, 1, 1, 1, 0, 3)
  const call = fc
    .tuple(content, fc.constantFrom(...PROTOCOLS), encoding, flags)
    .map(([{ path, codec, bytes }, protocol, encoding, flags]) =>
      withBody(protocol, codec, path, protocol === 'connect' ? bytes : enveloped(bytes, flags), encoding),
    )
  return scriptOf(door, call)
}
