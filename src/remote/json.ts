import { type DescMessage, type JsonObject, type MessageShape, toJson } from '@bufbuild/protobuf'

export type Json = JsonObject

/** A message for programs: in the JSON of the contract, with its empty fields as well. */
export function jsonOf<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Json {
  return toJson(schema, message, { alwaysEmitImplicit: true }) as Json
}
