import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  type Registry,
} from '@bufbuild/protobuf'
import { ChatApiError } from '../domain/errors.ts'
import { assertFewFields, assertFewValues } from './field-count.ts'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Throws a MALFORMED_REQUEST that says what is wrong with the bytes, or MESSAGE_TOO_LARGE for too many fields. */
export function decodeBinary<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    assertFewFields(schema, bytes)
    return fromBinary(schema, bytes)
  } catch (error) {
    if (error instanceof ChatApiError) throw error
    throw malformed(`the request is not a valid ${schema.typeName} in protobuf`, error)
  }
}

/**
 * Throws a MALFORMED_REQUEST that names the field, or MESSAGE_TOO_LARGE for too many fields.
 *
 * @param registry the types that `google.protobuf.Any` may hold
 */
export function decodeJson<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  registry?: Registry,
): MessageShape<Desc> {
  assertFewValues(bytes)
  let value: JsonValue
  try {
    value = JSON.parse(strictUtf8.decode(bytes)) as JsonValue
  } catch (error) {
    throw malformed('the request is not valid JSON', error)
  }
  try {
    return fromJson(schema, value, registry ? { registry } : {})
  } catch (error) {
    throw malformed(culprit(schema, value), error)
  }
}

/** Where the decoder says only what the value should have been: the field of the request in which it stands. */
function culprit(schema: DescMessage, value: JsonValue): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the request is no JSON object'
  for (const [key, fieldValue] of Object.entries(value)) {
    try {
      fromJson(schema, { [key]: fieldValue })
    } catch {
      return `the field ${JSON.stringify(key)} of the request is wrong`
    }
  }
  return `the request is not a valid ${schema.typeName}`
}

function malformed(what: string, cause: unknown): ChatApiError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ChatApiError('MALFORMED_REQUEST', `${what}: ${why}`, { cause })
}
