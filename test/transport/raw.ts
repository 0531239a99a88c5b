import { request as http1Request } from 'node:http'
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { fromBinary } from '@bufbuild/protobuf'
import { anyUnpack } from '@bufbuild/protobuf/wkt'
import { type ErrorInfo, ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { StatusSchema } from '../../gen/ts/google/rpc/status_pb.js'
import { data, GREEDY_HELLO, headers } from './http2-bytes.ts'

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
  const calls = Array.from({ length: count }, (_, index) => [
    headers(2 * index + 1, path, { 'content-type': 'application/grpc', te: 'trailers' }),
    data(2 * index + 1, framed(Buffer.alloc(0))),
  ])
  return Buffer.concat([GREEDY_HELLO, ...calls.flat()])
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
