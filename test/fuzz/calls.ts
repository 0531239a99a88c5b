import { gzipSync } from 'node:zlib'
import { type Field, Flag, FrameType, frame, headerBlock } from './frames.ts'

/** A request, whichever HTTP carries it. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: readonly Field[]
  readonly body: Uint8Array
}

/** Each way in which a message is asked about. */
export const PROTOCOLS = ['grpc', 'grpc-web', 'grpc-web-text', 'connect', 'connect-stream'] as const
export type Protocol = (typeof PROTOCOLS)[number]
export type Codec = 'proto' | 'json'

/** The largest DATA frame that a server takes unasked. */
const MAX_FRAME_BYTES = 16_384

/** A message in the frame of gRPC, gRPC-Web and Connect's streams. */
export function enveloped(message: Uint8Array, flags = 0, length = message.byteLength): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(flags, 0)
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, message])
}

/** What a well-behaved client of the protocol sends. */
export function callOf(
  protocol: Protocol,
  codec: Codec,
  path: string,
  message: Uint8Array,
  isCompressed = false,
): Call {
  const content = isCompressed ? gzipSync(message) : message
  const body = protocol === 'connect' ? content : enveloped(content, isCompressed ? 1 : 0)
  return withBody(protocol, codec, path, body, isCompressed ? 'gzip' : undefined)
}

/** A call with a body that is already as the protocol wants it, or just not. */
export function withBody(protocol: Protocol, codec: Codec, path: string, body: Uint8Array, encoding?: string): Call {
  const encoded: Field[] = encoding === undefined ? [] : [[encodingHeader(protocol), encoding]]
  const headers: Field[] = [['content-type', contentType(protocol, codec)], ...encoded]
  if (protocol === 'grpc') headers.push(['te', 'trailers'])
  const text = protocol === 'grpc-web-text' ? Buffer.from(Buffer.from(body).toString('base64')) : body
  return { method: 'POST', path, headers, body: text }
}

export function encodingHeader(protocol: Protocol): string {
  if (protocol === 'connect') return 'content-encoding'
  return protocol === 'connect-stream' ? 'connect-content-encoding' : 'grpc-encoding'
}

function contentType(protocol: Protocol, codec: Codec): string {
  if (protocol === 'connect') return `application/${codec}`
  if (protocol === 'connect-stream') return `application/connect+${codec}`
  return codec === 'proto' ? `application/${protocol}` : `application/${protocol}+json`
}

/** A request of HTTP/1.1, head and body. */
export function overHttp1({ method, path, headers, body }: Call): Buffer[] {
  const hasLength = method !== 'GET' || body.byteLength > 0
  const fields: Field[] = [
    ['host', '127.0.0.1'],
    ...headers,
    ...(hasLength ? [['content-length', String(body.byteLength)] as const] : []),
  ]
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`, 'latin1')
  return [head, Buffer.from(body)]
}

/** A request of HTTP/2: HEADERS, and DATA where there is a body. */
export function overHttp2({ method, path, headers, body }: Call, stream: number): Buffer[] {
  const block = headerBlock([
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', '127.0.0.1'],
    ...headers,
  ])
  const hasBody = body.byteLength > 0
  const head = frame(FrameType.HEADERS, Flag.END_HEADERS | (hasBody ? 0 : Flag.END_STREAM), stream, block)
  const frames = [head]
  for (let start = 0; start < body.byteLength; start += MAX_FRAME_BYTES) {
    const isLast = start + MAX_FRAME_BYTES >= body.byteLength
    const chunk = body.subarray(start, start + MAX_FRAME_BYTES)
    frames.push(frame(FrameType.DATA, isLast ? Flag.END_STREAM : 0, stream, chunk))
  }
  return frames
}
