import { Code } from '@connectrpc/connect'
import { malformedRequest } from '../../wire/errors.ts'

/** A body in base64: whole, or in parts that were encoded by themselves, each with its own padding. */
export function fromBase64Text(body: Uint8Array): Buffer {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1').replaceAll(/\s/g, '')
  if (!/^[A-Za-z\d+/=]*$/.test(text)) {
    throw malformedRequest(Code.InvalidArgument, 'the body of the request is not valid base64')
  }
  const parts = text.match(/[^=]+={0,2}/g) ?? []
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))
}
