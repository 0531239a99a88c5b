import { create, toBinary } from '@bufbuild/protobuf'
import { anyPack } from '@bufbuild/protobuf/wkt'
import type { ConnectError } from '@connectrpc/connect'
import { Metadata, type StatusObject, type status } from '@grpc/grpc-js'
import { StatusSchema } from '../../gen/ts/google/rpc/status_pb.js'

/** `Headers` has text values only, so binary ones are in base64, as on the wire and as Connect has them. */
export function headersOf(metadata: Metadata): Headers {
  const headers = new Headers()
  for (const [key, values] of Object.entries(metadata.toJSON())) {
    for (const value of values) headers.append(key, typeof value === 'string' ? value : unpadded(value))
  }
  return headers
}

export function metadataOf(headers: Headers, target = new Metadata()): Metadata {
  for (const [key, value] of headers) {
    // `Headers` joins what was appended; a comma is not part of base64.
    if (key.endsWith('-bin')) for (const part of value.split(',')) target.add(key, Buffer.from(part, 'base64'))
    else target.add(key, value)
  }
  return target
}

/** The status of a failed call, with the details of the error where gRPC clients look for them. */
export function statusOf(error: ConnectError, trailers?: Headers): StatusObject {
  const details = create(StatusSchema, {
    code: error.code,
    message: error.rawMessage,
    details: error.details.map((detail) =>
      'desc' in detail
        ? anyPack(detail.desc, create(detail.desc, detail.value))
        : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
    ),
  })
  const metadata = trailers ? metadataOf(trailers) : new Metadata()
  metadataOf(error.metadata, metadata)
  metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, details)))
  return { code: error.code as number as status, details: error.rawMessage, metadata }
}

function unpadded(value: Buffer): string {
  return value.toString('base64').replace(/=+$/, '')
}
