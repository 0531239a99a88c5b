import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf'

const ENCODED = Symbol('encoded message')

interface Encoded {
  readonly [ENCODED]?: Uint8Array
}

/**
 * A message that is its own encoding. Streams are kept encoded, so an answer is their bytes put together, and no transport
 * encodes a stream again.
 *
 * Serialising it with `toBinary` gives the bytes; its fields read as empty. Whoever needs the fields (the JSON codec, a
 * test) calls `withFields`.
 */
export function encodedMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  const message = {
    $typeName: schema.typeName,
    // An unknown field is written as it was read: its tag, then its bytes. One that starts with the first field's tag
    // and runs to the end of the message makes toBinary write the message.
    $unknown: bytes.length === 0 ? [] : [{ no: bytes[0]! >>> 3, wireType: bytes[0]! & 7, data: bytes.subarray(1) }],
    [ENCODED]: bytes,
  }
  return message as unknown as MessageShape<Desc>
}

/** The bytes of a message made by `encodedMessage`; undefined for any other message. */
export function encodedBytes(message: object): Uint8Array | undefined {
  return (message as Encoded)[ENCODED]
}

/** The binary form of any message, without work where it is encoded already. */
export function serialize<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  return encodedBytes(message) ?? toBinary(schema, message)
}

/** The same message with its fields readable. */
export function withFields<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): MessageShape<Desc> {
  const bytes = encodedBytes(message)
  return bytes ? fromBinary(schema, bytes) : message
}
