import { toBinary } from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import { callOf, PROTOCOLS } from '../calls.ts'
import type { Field } from '../frames.ts'
import { mutatedText } from './bytes.ts'
import type { Context } from './context.ts'
import { question } from './messages.ts'
import { scriptOf } from './scripts.ts'

/** Names that some protocol gives a meaning, each with a value that it takes. */
const known: Field[] = [
  ['grpc-timeout', '5S'],
  ['grpc-timeout', '1n'],
  ['grpc-timeout', '99999999H'],
  ['connect-timeout-ms', '5000'],
  ['connect-timeout-ms', '0'],
  ['connect-timeout-ms', '9999999999'],
  ['connect-protocol-version', '1'],
  ['grpc-encoding', 'gzip'],
  ['grpc-accept-encoding', 'identity,gzip'],
  ['connect-accept-encoding', 'gzip'],
  ['accept-encoding', 'gzip, br;q=0.5, *;q=0'],
  ['content-encoding', 'gzip'],
  ['content-type', 'application/grpc+proto'],
  ['content-type', 'application/json; charset=utf-8'],
  ['te', 'trailers'],
  ['user-agent', 'grpc-node-js/1.14.7'],
  ['x-grpc-web', '1'],
  ['x-user-agent', 'grpc-web-javascript/0.1'],
  ['x-request-id', '0f8fad5b-d9cb-469f-a165-70867728950e'],
  ['grpc-trace-bin', 'AAAA'],
  ['some-bin', 'AAEC,AwQF'],
  ['grpc-status', '0'],
  ['grpc-message', '%E2%82%AC%'],
  ['origin', 'http://127.0.0.1'],
  ['access-control-request-method', 'POST'],
  ['authorization', 'Bearer abc.def.ghi'],
  ['cookie', 'a=b'],
  ['expect', '100-continue'],
  ['forwarded', 'for=192.0.2.60;proto=http'],
  ['range', 'bytes=0-1'],
  ['if-none-match', '*'],
]

const value = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc.constantFrom('', ' ', '\t', '=', '%', '%%%', '\u00e9\u00ff', '-1', '1e3', '99999999999999999999S', '1', '"', ','),
  fc.constantFrom(1_000, 16_000, 70_000).map((length) => 'v'.repeat(length)),
)

const field: Arbitrary<Field> = fc
  .constantFrom(...known)
  .chain(([name, given]) =>
    fc.oneof(fc.constant(given), mutatedText(fc.constant(given)), value).map((value): Field => [name, oneLine(value)]),
  )

/** Ends of lines are for attacks on heads; here a value stays one. */
function oneLine(text: string): string {
  return text.replace(/[\0\r\n]/g, ' ')
}

const crowd = fc
  .constantFrom(50, 200, 2_100)
  .map((count) => Array.from({ length: count }, (_, index): Field => [`x-${index}`, 'v']))

/** Calls that are well-formed but for what stands in their headers. */
export function metadata({ door }: Context): Arbitrary<Script> {
  const fields = fc.oneof(
    { weight: 12, arbitrary: fc.array(field, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: crowd },
  )
  const call = fc
    .tuple(question, fc.constantFrom(...PROTOCOLS), fields, fc.boolean())
    .map(([{ path, method, message }, protocol, fields, replaces]) => {
      const call = callOf(protocol, 'proto', path, toBinary(method.input, message))
      const kept = replaces ? call.headers.filter(([name]) => !fields.some(([other]) => other === name)) : call.headers
      return { ...call, headers: [...kept, ...fields] }
    })
  return scriptOf(door, call)
}
