import { request as http1Request } from 'node:http'
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { fromBinary } from '@bufbuild/protobuf'
import { anyUnpack } from '@bufbuild/protobuf/wkt'
import { type ErrorInfo, ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { StatusSchema } from '../../gen/ts/google/rpc/status_pb.js'

export interface RawAnswer {
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One POST over HTTP/2, byte for byte. */
export function post2(url: string, path: string, headers: OutgoingHttpHeaders, body: Uint8Array): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const session = connect(url)
    session.once('error', reject)
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers })
    let received: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders = {}
    const chunks: Buffer[] = []
    stream.on('response', (head) => {
      received = head
    })
    stream.on('trailers', (tail) => {
      trailers = tail
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('end', () => {
      session.close()
      resolve({ headers: received, trailers, body: Buffer.concat(chunks) })
    })
    stream.end(body)
  })
}

/** One POST over HTTP/1.1, byte for byte. */
export function post1(url: string, path: string, headers: OutgoingHttpHeaders, body: Uint8Array): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = http1Request(`${url}${path}`, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const head = { ...response.headers, ':status': response.statusCode } as IncomingHttpHeaders
        resolve({ headers: head, trailers: response.trailers, body: Buffer.concat(chunks) })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** A message in the frame of gRPC, gRPC-Web and Connect's streams. */
export function framed(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(flags, 0)
  head.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([head, message])
}

/**
 * What an HTTP/2 connection sends that makes `count` calls of gRPC and has room for all their answers. On a socket that
 * is not read, the answers wait with the server.
 */
export function greedyCalls(path: string, count: number): Buffer {
  const field = (name: string, value: string) =>
    Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)])
  const headers = Buffer.concat([
    field(':method', 'POST'),
    field(':scheme', 'http'),
    field(':path', path),
    field(':authority', 'a'),
    field('content-type', 'application/grpc'),
    field('te', 'trailers'),
  ])
  const largest = Buffer.of(0x7f, 0xff, 0xff, 0xff)
  const initialWindowSize = Buffer.concat([Buffer.of(0, 4), largest])
  const moreForConnection = Buffer.of(0x7f, 0xff, 0, 0)
  const calls = Array.from({ length: count }, (_, index) => [
    frame(FrameType.headers, END_HEADERS, 2 * index + 1, headers),
    frame(FrameType.data, END_STREAM, 2 * index + 1, framed(Buffer.alloc(0))),
  ])
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(FrameType.settings, 0, 0, initialWindowSize),
    frame(FrameType.windowUpdate, 0, 0, moreForConnection),
    ...calls.flat(),
  ])
}

const FrameType = { data: 0, headers: 1, settings: 4, windowUpdate: 8 } as const
const END_STREAM = 1
const END_HEADERS = 4

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.byteLength, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export interface Failure {
  readonly code: number
  readonly message: string
  readonly info: ErrorInfo | undefined
}

/** How a gRPC call failed; its status is in the trailers, or in the headers where nothing else was sent. */
export function grpcFailure({ headers, trailers }: RawAnswer): Failure {
  const head = trailers['grpc-status'] === undefined ? headers : trailers
  const code = Number(head['grpc-status'])
  const message = decodeURIComponent(String(head['grpc-message'] ?? ''))
  const encoded = head['grpc-status-details-bin']
  if (typeof encoded !== 'string') return { code, message, info: undefined }
  const status = fromBinary(StatusSchema, Buffer.from(encoded, 'base64'))
  const infos = status.details.map((detail) => anyUnpack(detail, ErrorInfoSchema)).filter((info) => info !== undefined)
  return { code, message, info: infos[0] }
}

/** How a Connect call that is no stream failed. */
export function connectFailure({ body }: RawAnswer): { code: string; message: string; info: ErrorInfo | undefined } {
  const {
    code,
    message,
    details = [],
  } = JSON.parse(body.toString()) as {
    code: string
    message: string
    details?: { type: string; value: string }[]
  }
  const info = details.find(({ type }) => type === ErrorInfoSchema.typeName)
  return { code, message, info: info && fromBinary(ErrorInfoSchema, Buffer.from(info.value, 'base64')) }
}
