import { gzipSync } from 'node:zlib'
import { toBinary } from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import type { Call } from '../calls.ts'
import { mutatedText } from './bytes.ts'
import type { Context } from './context.ts'
import { jsonOf, question } from './messages.ts'
import { scriptOf } from './scripts.ts'

const encoding = fc.constantFrom('proto', 'proto', 'json', 'json', 'xml', '', 'JSON')
const compression = fc.constantFrom(undefined, undefined, 'gzip', 'identity', 'br', '')
const form = fc.constantFrom('base64', 'base64url', 'percent', 'raw')
const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE')
/** Further parameters: some that Connect knows, given once more, and some that it does not. */
const further = fc.array(
  fc.constantFrom('connect=v2', 'connect=', 'base64=2', 'message=', 'encoding=proto', 'a=%', '%00=1', '=', '?', '&&'),
  { maxLength: 3 },
)

const query = fc
  .tuple(question, encoding, compression, form, fc.boolean(), further)
  .map(([{ path, method, message }, encoding, compression, form, hasVersion, further]) => {
    const plain = encoding === 'proto' ? toBinary(method.input, message) : jsonOf(method.input, message)
    const bytes = Buffer.from(compression === 'gzip' ? gzipSync(plain) : plain)
    const parameters = [
      ...(hasVersion ? ['connect=v1'] : []),
      `encoding=${encoding}`,
      ...(compression === undefined ? [] : [`compression=${compression}`]),
      ...(form.startsWith('base64') ? ['base64=1'] : []),
      `message=${written(bytes, form)}`,
      ...further,
    ]
    return `${path}?${parameters.join('&')}`
  })

function written(bytes: Buffer, form: string): string {
  if (form === 'base64' || form === 'base64url') return encodeURIComponent(bytes.toString(form))
  if (form === 'percent') return bytes.toString('hex').replace(/../g, '%$&')
  // A request line ends at a space, and a line at a line's end.
  return bytes.toString('latin1').replace(/[\0\r\n #]/g, '+')
}

/** Questions in the query of a GET, spoilt. */
export function connectGet({ door }: Context): Arbitrary<Script> {
  const target = fc.oneof(query, mutatedText(query))
  const call = fc
    .tuple(method, target)
    .map(([method, path]): Call => ({ method, path, headers: [], body: Buffer.alloc(0) }))
  return scriptOf(door, call)
}
