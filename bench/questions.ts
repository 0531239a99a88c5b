import { create, toBinary, toJsonString } from '@bufbuild/protobuf'
import { GetStreamByGroupIdRequestSchema } from '../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Traffic } from './load.ts'
import { groupId } from './streams.ts'

/** Different requests, so that no answer is measured that is only ever the same. */
const DISTINCT_LOOKUPS = 1_000

export const LOOKUP_PATH = '/chatapi.v1.ChatApi/GetStreamByGroupId'
export const LIST_PATH = '/chatapi.v1.ChatApi/GetAllStreams'
/** A request without fields: all streams of the platform `qq`. */
export const LIST_REQUEST = ''

/** Lookups of groups all over a directory of so many streams. */
export function lookups(directorySize: number, connections: number, inFlight: number): Traffic {
  return {
    protocol: 'grpc',
    path: LOOKUP_PATH,
    contentType: 'application/grpc+proto',
    requests: lookupRequests(directorySize).map((request) =>
      base64(toBinary(GetStreamByGroupIdRequestSchema, request)),
    ),
    connections,
    inFlight,
  }
}

/** The same lookups by Connect over HTTP/1.1, where a connection has one call in flight. */
export function connectLookups(format: 'proto' | 'json', directorySize: number, connections: number): Traffic {
  const requests = lookupRequests(directorySize).map((request) =>
    format === 'proto'
      ? toBinary(GetStreamByGroupIdRequestSchema, request)
      : Buffer.from(toJsonString(GetStreamByGroupIdRequestSchema, request)),
  )
  return {
    protocol: 'http1',
    path: LOOKUP_PATH,
    contentType: `application/${format}`,
    requests: requests.map(base64),
    connections,
    inFlight: 1,
  }
}

export function lists(connections: number, inFlight: number): Traffic {
  return {
    protocol: 'grpc',
    path: LIST_PATH,
    contentType: 'application/grpc+proto',
    requests: [LIST_REQUEST],
    connections,
    inFlight,
  }
}

function lookupRequests(size: number) {
  const indexes = Array.from({ length: DISTINCT_LOOKUPS }, (_, i) => (i * 7_919) % size)
  return indexes.map((index) => create(GetStreamByGroupIdRequestSchema, { groupId: groupId(index) }))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
