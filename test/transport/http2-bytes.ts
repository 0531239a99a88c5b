/** HTTP/2 as bytes, for what no client of good manners sends. */

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
export const FrameType = { data: 0, headers: 1, rstStream: 3, settings: 4, goaway: 7, windowUpdate: 8 } as const
const FRAME_HEAD = 9
const END_STREAM = 1
const END_HEADERS = 4
const LARGEST = Buffer.of(0x7f, 0xff, 0xff, 0xff)

/** What a connection begins with. */
export const HELLO = Buffer.concat([PREFACE, frame(FrameType.settings, 0, 0, Buffer.alloc(0))])

/** The same for a client that has room for any number of answers. */
export const GREEDY_HELLO = Buffer.concat([
  PREFACE,
  frame(FrameType.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), LARGEST])),
  frame(FrameType.windowUpdate, 0, 0, Buffer.of(0x7f, 0xff, 0, 0)),
])

/** The head of a POST. */
export function headers(stream: number, path: string, fields: Readonly<Record<string, string>>): Buffer {
  const all = { ':method': 'POST', ':scheme': 'http', ':path': path, ':authority': 'a', ...fields }
  const block = Object.entries(all).map(([name, value]) =>
    Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]),
  )
  return frame(FrameType.headers, END_HEADERS, stream, Buffer.concat(block))
}

/** The whole body of a request. */
export function data(stream: number, bytes: Uint8Array): Buffer {
  return frame(FrameType.data, END_STREAM, stream, bytes)
}

export const resetStream = (stream: number) => frame(FrameType.rstStream, 0, stream, Buffer.of(0, 0, 0, 8))
export const goaway = () => frame(FrameType.goaway, 0, 0, Buffer.alloc(8))
/** Every DATA belongs to a stream. */
export const dataOfNoStream = () => frame(FrameType.data, 0, 0, Buffer.from('xx'))

/** The types of the frames that a server sends. */
export async function* frameTypes(socket: AsyncIterable<Buffer>): AsyncGenerator<number> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk])
    for (let end = frameEnd(bytes); end <= bytes.length; end = frameEnd(bytes)) {
      yield bytes.readUInt8(3)
      bytes = bytes.subarray(end)
    }
  }
}

function frameEnd(bytes: Buffer): number {
  return bytes.length < FRAME_HEAD ? Number.POSITIVE_INFINITY : FRAME_HEAD + bytes.readUIntBE(0, 3)
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD)
  head.writeUIntBE(payload.byteLength, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
