/**
 * The suite speaks with the programs that it tests in messages over stdin and stdout, each behind its size as a big-endian
 * 32-bit integer.
 */
const PREFIX_BYTES = 4

export function sizePrefixed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(message.byteLength)
  return Buffer.concat([prefix, message])
}

/** The messages of a stream, each as soon as it is there whole. */
export async function* readSizePrefixed(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk])
    while (rest.byteLength >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + rest.readUInt32BE()
      if (rest.byteLength < end) break
      yield rest.subarray(PREFIX_BYTES, end)
      rest = rest.subarray(end)
    }
  }
  if (rest.byteLength > 0) throw new Error(`the stream ended within a message: ${rest.byteLength} bytes are left over`)
}
