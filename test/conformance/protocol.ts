import { create, createRegistry, type Registry } from '@bufbuild/protobuf'
import { AnySchema, anyPack } from '@bufbuild/protobuf/wkt'
import { type Code, ConnectError } from '@connectrpc/connect'
import type { Code as ProtoCode } from './gen/connectrpc/conformance/v1/config_pb.js'
import {
  type Error as ConformanceError,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  ConformanceService,
  ErrorSchema,
  type Header,
  HeaderSchema,
} from './gen/connectrpc/conformance/v1/service_pb.js'

/** The types that stand in a `google.protobuf.Any` of the suite, which JSON cannot do without. */
export const registry: Registry = createRegistry(
  ...ConformanceService.methods.map(({ input }) => input),
  ConformancePayload_RequestInfoSchema,
)

const ANY_PREFIX = 'type.googleapis.com/'

/** The error that a request asks for, with what came in behind its own details. */
export function connectErrorOf(
  { code, message, details }: ConformanceError,
  info: ConformancePayload_RequestInfo | undefined,
): ConnectError {
  const error = new ConnectError(message ?? '', code as number as Code)
  const packed = info ? [...details, anyPack(ConformancePayload_RequestInfoSchema, info)] : details
  error.details = packed.map(({ typeUrl, value }) => ({ type: typeUrl.slice(ANY_PREFIX.length), value }))
  return error
}

export function addHeaders(headers: Headers, added: readonly Header[]): void {
  for (const { name, value } of added) for (const each of value) headers.append(name, each)
}

export function protoHeadersOf(headers: Iterable<[name: string, value: string]>): Header[] {
  return [...headers].map(([name, value]) => create(HeaderSchema, { name, value: [value] }))
}

/** The error that a call failed with, as the suite takes it. */
export function protoErrorOf(error: ConnectError): ConformanceError {
  const details = error.details.map((detail) =>
    'desc' in detail
      ? anyPack(detail.desc, create(detail.desc, detail.value))
      : create(AnySchema, { typeUrl: `${ANY_PREFIX}${detail.type}`, value: detail.value }),
  )
  return create(ErrorSchema, { code: error.code as number as ProtoCode, message: error.rawMessage, details })
}
