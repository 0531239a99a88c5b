import { toBinary } from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import { enveloped, withBody } from '../calls.ts'
import { mutated } from './bytes.ts'
import type { Context } from './context.ts'
import { question } from './messages.ts'
import { scriptOf } from './scripts.ts'

const MAX_UINT32 = 2 ** 32 - 1

const flags = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(1, 2, 3, 0x80, 0x81, 0xff) },
)

/** What the length says, beside what it should. */
const length = fc.oneof(
  { weight: 5, arbitrary: fc.constant((actual: number) => actual) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      (actual: number) => actual + 1,
      (actual: number) => Math.max(0, actual - 1),
      () => 0,
      () => 4 * 1024 * 1024,
      () => 4 * 1024 * 1024 + 1,
      () => 2 ** 31,
      () => MAX_UINT32,
    ),
  },
)

/** Messages in frames with wrong lengths and flags: none, one, several, empty, without an end. */
export function envelopes({ door }: Context): Arbitrary<Script> {
  const framing = fc.array(fc.tuple(flags, length), { maxLength: 4 })
  const protocol = fc.constantFrom('grpc', 'grpc-web', 'grpc-web-text', 'connect-stream', 'connect')
  const codec = fc.constantFrom('proto', 'proto', 'json')
  const call = fc
    .tuple(question, framing, protocol, codec)
    .chain(([{ path, method, message }, framing, protocol, codec]) => {
      const bytes = codec === 'proto' ? toBinary(method.input, message) : Buffer.from('{}')
      const body = Buffer.concat(framing.map(([flags, length]) => enveloped(bytes, flags, length(bytes.length))))
      const sent = fc.oneof(
        { weight: 3, arbitrary: fc.constant(body) },
        { weight: 1, arbitrary: mutated(fc.constant(body)) },
      )
      return sent.map((body) => withBody(protocol as 'grpc', codec as 'proto', path, body))
    })
  return scriptOf(door, call)
}
