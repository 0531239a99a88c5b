import { ChatApiError } from '../domain/errors.ts'

const BASE64 = /^[\w+/-]*={0,2}$/

/** The bytes of `message` in the query of a GET. Throws a MALFORMED_REQUEST where the query does not say which. */
export function messageOf(query: string): Uint8Array {
  const isBase64 = new URLSearchParams(query).get('base64') === '1'
  const bytes = percentDecoded(rawValue('message', query))
  if (!isBase64) return bytes
  const text = bytes.toString('latin1')
  if (!BASE64.test(text)) throw malformed('the message of the request is not base64')
  return Buffer.from(text, 'base64url')
}

/** As it stands in the query: what decodes it for us puts U+FFFD in place of what is not UTF-8. */
function rawValue(name: string, query: string): string {
  for (const part of query.replace(/^\?/, '').split('&')) {
    const [key = '', ...rest] = part.split('=')
    if (key === name) return rest.join('=')
  }
  return ''
}

function percentDecoded(text: string): Buffer {
  const wrong = /%(?![\da-f]{2}).{0,2}/i.exec(text)
  if (wrong) throw malformed(`the message of the request has ${JSON.stringify(wrong[0])}, which is no percent escape`)
  const bytes = text.replaceAll('+', ' ').replace(/%(..)/g, (_escape, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
  // A URL is ASCII, so that each character is one byte.
  return Buffer.from(bytes, 'latin1')
}

function malformed(message: string): ChatApiError {
  return new ChatApiError('MALFORMED_REQUEST', message)
}
