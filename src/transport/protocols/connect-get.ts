import { ChatApiError } from '../../domain/errors.ts'

const BASE64 = /^[\w+/-]*={0,2}$/

/** A call as it stands in the query of a GET. */
export interface GetRequest {
  /** The name of the format: `json` or `proto`. */
  readonly encoding: string
  readonly compression: string | undefined
  readonly message: Uint8Array
}

/** Reads the query of a GET. Throws MALFORMED_REQUEST where it does not say what the message is. */
export function readGet(target: string): GetRequest {
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : ''
  const parameters = new URLSearchParams(query)
  const encoding = parameters.get('encoding')
  if (encoding === null) throw malformed('the query has no "encoding"')
  const version = parameters.get('connect')
  if (version !== null && version !== 'v1') throw malformed(`the query has "connect=${version}", expected "connect=v1"`)
  if (!parameters.has('message')) throw malformed('the query has no "message"')
  return {
    encoding,
    compression: parameters.get('compression') ?? undefined,
    message: messageOf(query, parameters.get('base64') === '1'),
  }
}

function messageOf(query: string, isBase64: boolean): Uint8Array {
  const bytes = percentDecoded(rawValue('message', query))
  if (!isBase64) return bytes
  const text = bytes.toString('latin1')
  if (!BASE64.test(text)) throw malformed('the message of the request is not base64')
  return Buffer.from(text, 'base64url')
}

/** As it stands in the query: what decodes it for us puts U+FFFD in place of what is not UTF-8. */
function rawValue(name: string, query: string): string {
  for (const part of query.split('&')) {
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
  return Buffer.from(bytes, 'latin1')
}

function malformed(message: string): ChatApiError {
  return new ChatApiError('MALFORMED_REQUEST', message)
}
