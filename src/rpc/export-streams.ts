import type { MessageShape } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ServiceImpl } from '@connectrpc/connect'
import { type ChatApi, ExportStreamsResponseSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Frame } from '../directory/rows.ts'
import { formatRevision } from '../domain/revision.ts'
import type { StoredStream } from '../store/store.ts'
import { encodedMessage } from '../wire/encoded.ts'
import { frames } from '../wire/frames.ts'
import type { RpcContext } from './context.ts'

type ExportStreams = Pick<ServiceImpl<typeof ChatApi>, 'exportStreams'>

const POSITIONS_FIELD = 2
const REVISION_FIELD = 3

/** As much as is read at once; a single larger stream still comes. */
const MAX_FRAMES_BYTES = 262_144
const MS_PER_SECOND = 1_000

/** All streams, as of one moment. */
export function exportStreams({ gate }: RpcContext): ExportStreams {
  return {
    async *exportStreams(_request, call) {
      const { reader, exports } = gate.directoryOf(call)
      using begun = exports.begin(call.signal)
      const { total } = await reader.summary(call)
      const snapshot = await begun.snapshot()
      const revision = formatRevision(snapshot.revision)
      yield {
        revision,
        directoryId: snapshot.directoryId,
        exportTime: { seconds: BigInt(Math.floor(Date.now() / MS_PER_SECOND)) },
        approximateSize: BigInt(total),
      }
      for await (const batch of snapshot.batches) {
        for (const part of partsOf(batch)) yield encodePart(part, revision)
      }
    },
  }
}

interface Part {
  readonly frames: Frame[]
  readonly positions: number[]
}

/** The streams in parts that are no larger than a message should be. */
function* partsOf(batch: readonly StoredStream[]): Generator<Part> {
  let part: Part = { frames: [], positions: [] }
  let bytes = 0
  for (const { stream, position } of batch) {
    const frame = frames.encode(stream)
    if (bytes + frame.length > MAX_FRAMES_BYTES && bytes > 0) {
      yield part
      part = { frames: [], positions: [] }
      bytes = 0
    }
    bytes += frame.length
    part.frames.push(frame)
    part.positions.push(position)
  }
  yield part
}

function encodePart({ frames, positions }: Part, revision: string): MessageShape<typeof ExportStreamsResponseSchema> {
  const tail = new BinaryWriter()
  tail.tag(POSITIONS_FIELD, WireType.LengthDelimited).fork()
  for (const position of positions) tail.int64(position)
  tail.join()
  tail.tag(REVISION_FIELD, WireType.LengthDelimited).string(revision)
  return encodedMessage(ExportStreamsResponseSchema, Buffer.concat([...frames, tail.finish()]))
}
