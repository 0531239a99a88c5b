import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf'

/**
 * A message that is its own encoding. Streams are kept encoded, so an answer is their bytes put together, and no transport
 * encodes a stream again. It has no fields: whoever serialises answers calls one of the functions below.
 */
class EncodedMessage {
  readonly $typeName: string
  readonly bytes: Uint8Array

  constructor(typeName: string, bytes: Uint8Array) {
    this.$typeName = typeName
    this.bytes = bytes
  }
}

export function encodedMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  return new EncodedMessage(schema.typeName, bytes) as unknown as MessageShape<Desc>
}

/** The bytes of a message made by `encodedMessage`; undefined for any other message. */
export function encodedBytes(message: object): Uint8Array | undefined {
  return message instanceof EncodedMessage ? message.bytes : undefined
}

/** The binary form of any message, without work where it is encoded already. */
export function serialize<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  return encodedBytes(message) ?? toBinary(schema, message)
}

/**
 * A message that protobuf-es writes as these bytes, for a runtime that insists on writing messages itself.
 *
 * An unknown field is written as it was read: its tag, then its bytes. One that starts with the first tag of the message and
 * runs to the end of it makes `toBinary` write the whole.
 */
export function writableMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  const message = create(schema)
  const [tag] = bytes
  if (tag !== undefined) message.$unknown = [{ no: tag >>> 3, wireType: tag & 7, data: bytes.subarray(1) }]
  return message
}

/** The same message with its fields readable. */
export function withFields<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): MessageShape<Desc> {
  const bytes = encodedBytes(message)
  return bytes ? fromBinary(schema, bytes) : message
}
