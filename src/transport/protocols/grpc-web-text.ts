import { Code, ConnectError } from '@connectrpc/connect'

/** A body in base64: whole, or in parts that were encoded by themselves, each with its own padding. */
export function fromBase64Text(body: Uint8Array): Buffer {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1').replaceAll(/\s/g, '')
  if (!/^(?:[A-Za-z\d+/]+={0,2})*$/.test(text)) {
    throw new ConnectError('the body of the request is not valid base64', Code.InvalidArgument)
  }
  const parts = text.match(/[^=]+={0,2}/g) ?? []
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))
}
