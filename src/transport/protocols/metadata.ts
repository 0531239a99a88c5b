import type { IncomingHttpHeaders } from 'node:http'
import { create, toBinary } from '@bufbuild/protobuf'
import { anyPack } from '@bufbuild/protobuf/wkt'
import type { ConnectError } from '@connectrpc/connect'
import { StatusSchema } from '../../../gen/ts/google/rpc/status_pb.js'
import type { Trailers } from '../exchange.ts'

/** What a client sent, in the form of `Headers`. */
export function headersOf(fields: IncomingHttpHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name.startsWith(':')) continue
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each)
  }
  return headers
}

/** Names and values by turns. Binary values are base64 without padding, as gRPC has it. */
export function fieldsOf(headers: Headers | undefined, prefix = ''): string[] {
  const fields: string[] = []
  if (headers) {
    for (const [name, value] of headers) fields.push(prefix + name, name.endsWith('-bin') ? unpadded(value) : value)
  }
  return fields
}

/** The status of gRPC and gRPC-Web, and behind it what a handler wants to say at the end. */
export function statusTrailers(error: ConnectError | undefined, trailer: Headers | undefined): Trailers {
  if (!error) return trailer ? { ...recordOf(trailer), 'grpc-status': '0' } : OK
  const details = create(StatusSchema, {
    code: error.code,
    message: error.rawMessage,
    details: error.details.map((detail) =>
      'desc' in detail
        ? anyPack(detail.desc, create(detail.desc, detail.value))
        : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
    ),
  })
  return {
    ...recordOf(trailer),
    ...recordOf(error.metadata),
    'grpc-status': String(error.code),
    'grpc-message': percentEncoded(error.rawMessage),
    ...(details.details.length > 0 && {
      'grpc-status-details-bin': unpadded(Buffer.from(toBinary(StatusSchema, details)).toString('base64')),
    }),
  }
}

const OK: Trailers = Object.freeze({ 'grpc-status': '0' })

function recordOf(headers: Headers | undefined): Record<string, string> {
  const fields = fieldsOf(headers)
  const record: Record<string, string> = {}
  for (let index = 0; index < fields.length; index += 2) record[fields[index]!] = fields[index + 1]!
  return record
}

/** Several values of one name come joined with commas, which are no part of base64. */
function unpadded(base64: string): string {
  return base64.replaceAll('=', '')
}

/** Fields of HTTP are ASCII. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', ' ')
}
