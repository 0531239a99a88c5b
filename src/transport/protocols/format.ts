import { create, type DescMessage, isMessage, type Registry, toBinary, toJson } from '@bufbuild/protobuf'
import { decodeBinary, decodeJson } from '../../wire/decode.ts'
import { encodedBytes, serialize, withFields } from '../../wire/encoded.ts'
import type { AnyInit, AnyMessage } from '../../wire/service-binding.ts'
import { answerTooLarge } from '../too-large.ts'

/** Turns messages into bytes and back, and refuses answers that are too large. */
export interface Format {
  readonly name: 'proto' | 'json'
  decode(schema: DescMessage, bytes: Uint8Array): AnyMessage
  encode(schema: DescMessage, answer: AnyInit): Uint8Array
}

export function protoFormat(maxMessageBytes: number): Format {
  return {
    name: 'proto',
    decode: decodeBinary,
    encode(schema, answer) {
      const bytes = serialize(schema, toMessage(schema, answer))
      if (bytes.byteLength > maxMessageBytes) throw answerTooLarge(bytes.byteLength, maxMessageBytes)
      return bytes
    },
  }
}

/** An answer of this size and more may be asked for often as it is: a list, which is kept encoded. */
const MIN_KEPT_BYTES = 65_536

/**
 * The JSON of messages. Answers are limited in their binary form, so that the limit means the same to every client.
 *
 * @param registry the types that `google.protobuf.Any` may hold
 */
export function jsonFormat(maxMessageBytes: number, registry: Registry | undefined): Format {
  /** By their binary form, which is one object for equal complete lists. */
  const kept = new WeakMap<Uint8Array, Uint8Array>()
  const options = registry ? { registry } : {}

  function encode(schema: DescMessage, message: AnyMessage): Uint8Array {
    return Buffer.from(JSON.stringify(toJson(schema, withFields(schema, message), options)))
  }

  return {
    name: 'json',
    decode: (schema, bytes) => decodeJson(schema, bytes, registry),
    encode(schema, answer) {
      const message = toMessage(schema, answer)
      const encoded = encodedBytes(message)
      const binary = encoded ?? toBinary(schema, message)
      if (binary.byteLength > maxMessageBytes) throw answerTooLarge(binary.byteLength, maxMessageBytes)
      if (!encoded || encoded.byteLength < MIN_KEPT_BYTES) return encode(schema, message)
      let json = kept.get(encoded)
      if (!json) {
        json = encode(schema, message)
        kept.set(encoded, json)
      }
      return json
    },
  }
}

function toMessage(schema: DescMessage, answer: AnyInit): AnyMessage {
  return isMessage(answer) ? answer : create(schema, answer)
}
