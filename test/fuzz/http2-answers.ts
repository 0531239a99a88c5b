import type { Answer, Answers } from './answer.ts'
import { Flag, FRAME_HEAD_BYTES, FrameType } from './frames.ts'
import { type Fields, HeaderDecoder } from './header-blocks.ts'

interface Stream {
  head?: Fields
  trailers: Fields
  data: Buffer[]
  isEnded: boolean
  isReset: boolean
}

/**
 * Reads all that a server sent on one HTTP/2 connection.
 *
 * @param isCut whether the last frame may be incomplete
 */
export async function readHttp2(received: Buffer, isCut: boolean): Promise<Answers> {
  using decoder = new HeaderDecoder()
  const streams = new Map<number, Stream>()
  let resets = 0
  let fault: string | undefined
  try {
    let block: { stream: number; flags: number; parts: Buffer[] } | undefined
    for (const { type, flags, id, payload } of frames(received, isCut)) {
      if (block && type !== FrameType.CONTINUATION) throw new Error('a header block without an end')
      if (type === FrameType.HEADERS) block = { stream: id, flags, parts: [payload] }
      else if (type === FrameType.CONTINUATION && block) block.parts.push(payload)
      else if (type === FrameType.DATA) takeData(streamOf(id), flags, payload)
      else if (type === FrameType.RST_STREAM) {
        streamOf(id).isReset = true
        resets += 1
      } else if (type === FrameType.GOAWAY && payload.readUInt32BE(4) !== 0) resets += 1
      if (block && flags & Flag.END_HEADERS) {
        await takeHead(streamOf(block.stream), block.flags, Buffer.concat(block.parts))
        block = undefined
      }
    }
  } catch (error) {
    fault = (error as Error).message
  }
  const answers = [...streams.values()].flatMap((stream): Answer[] => {
    const { head, trailers, data, isEnded, isReset } = stream
    if (!head) return []
    const { ':status': status, ...headers } = head
    const isWhole = isEnded && !isReset
    return [{ status: Number(status), headers, trailers, body: Buffer.concat(data), isWhole }]
  })
  return { answers, resets, fault }

  function streamOf(id: number): Stream {
    const known = streams.get(id)
    if (known) return known
    const stream = { trailers: {}, data: [], isEnded: false, isReset: false }
    streams.set(id, stream)
    return stream
  }

  async function takeHead(stream: Stream, flags: number, block: Buffer): Promise<void> {
    const fields = await decoder.decode(block, stream.head !== undefined)
    const isInformational = fields[':status']?.startsWith('1')
    if (stream.head) stream.trailers = fields
    else if (!isInformational) stream.head = fields
    if (flags & Flag.END_STREAM) stream.isEnded = true
  }
}

function takeData(stream: Stream, flags: number, payload: Buffer): void {
  if (!stream.head) throw new Error('DATA before HEADERS')
  if (stream.isEnded) throw new Error('DATA behind the end of a stream')
  stream.data.push(payload)
  if (flags & Flag.END_STREAM) stream.isEnded = true
}

function* frames(bytes: Buffer, isCut: boolean) {
  let offset = 0
  while (offset < bytes.length) {
    const start = offset + FRAME_HEAD_BYTES
    const end = start + (bytes.length < start ? 0 : bytes.readUIntBE(offset, 3))
    if (bytes.length < end) {
      if (isCut) return
      throw new Error('a frame without an end')
    }
    const [type, flags] = [bytes.readUInt8(offset + 3), bytes.readUInt8(offset + 4)]
    yield { type, flags, id: bytes.readUInt32BE(offset + 5) & 0x7fffffff, payload: bytes.subarray(start, end) }
    offset = end
  }
}
