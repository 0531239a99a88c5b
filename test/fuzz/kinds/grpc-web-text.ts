import { toBinary } from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import { type Call, enveloped } from '../calls.ts'
import { mutated } from './bytes.ts'
import type { Context } from './context.ts'
import { question } from './messages.ts'
import { scriptOf } from './scripts.ts'

const contentType = fc.constantFrom(
  'application/grpc-web-text',
  'application/grpc-web-text+proto',
  'application/grpc-web-text+json',
  'application/grpc-web-text; charset=utf-8',
)

/** Base64 as writers make it: in one piece, in pieces padded each, of the other alphabet, unpadded, in lines. */
const spelling = fc.constantFrom<(bytes: Buffer) => string>(
  (bytes) => bytes.toString('base64'),
  (bytes) => bytes.subarray(0, 5).toString('base64') + bytes.subarray(5).toString('base64'),
  (bytes) => bytes.toString('base64url'),
  (bytes) => bytes.toString('base64').replaceAll('=', ''),
  (bytes) => bytes.toString('base64').replace(/.{8}/g, '$&\r\n'),
  (bytes) => `${bytes.toString('base64')}====`,
  (bytes) => `\u{feff}${bytes.toString('base64')}`,
  () => '=',
  () => 'A'.repeat(1_000_001),
)

/** Calls of gRPC-Web whose body is text. */
export function grpcWebText({ door }: Context): Arbitrary<Script> {
  const body = fc.tuple(question, spelling).map(([{ path, method, message }, spell]) => ({
    path,
    text: Buffer.from(spell(enveloped(toBinary(method.input, message)))),
  }))
  const call = fc.tuple(body, contentType, fc.boolean()).chain(([{ path, text }, type, isSpoilt]) => {
    const bytes = isSpoilt ? mutated(fc.constant(text)) : fc.constant(text)
    return bytes.map((body): Call => ({ method: 'POST', path, headers: [['content-type', type]], body }))
  })
  return scriptOf(door, call)
}
