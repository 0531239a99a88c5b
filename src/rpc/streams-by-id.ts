import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  BatchGetStreamsResponseSchema,
  type ChatApi,
  GetStreamResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Frame } from '../directory/rows.ts'
import { whenThere } from '../directory/when-there.ts'
import { encodedMessage } from '../wire/encoded.ts'
import type { RpcContext } from './context.ts'
import { failWith } from './fail-with.ts'

type StreamsById = Pick<ServiceImpl<typeof ChatApi>, 'getStream' | 'batchGetStreams'>

const ALIAS_ID_FIELD = 2
const MISSING_STREAM_IDS_FIELD = 2
const ALIASES_FIELD = 3

/** Streams by their ids, or by aliases. */
export function streamsById({ gate }: RpcContext): StreamsById {
  return {
    getStream({ streamId }, call) {
      const { reader } = gate.directoryOf(call)
      return whenThere(reader.get(streamId, call), (found) => {
        if (!found) return whenThere(reader.missing(streamId, call), failWith)
        return encodedMessage(GetStreamResponseSchema, found.isAlias ? withAlias(found.frame, streamId) : found.frame)
      })
    },

    async batchGetStreams(request, call) {
      const streamIds = [...new Set(request.streamIds)]
      const found = await gate.directoryOf(call).reader.getMany(streamIds, call)
      const writer = new BinaryWriter()
      const answered = new Set<string>()
      streamIds.forEach((askedId, index) => {
        const stream = found[index]
        if (!stream) {
          writer.tag(MISSING_STREAM_IDS_FIELD, WireType.LengthDelimited).string(askedId)
          return
        }
        if (!answered.has(stream.streamId)) writer.raw(stream.frame)
        answered.add(stream.streamId)
        if (stream.isAlias) writeEntry(writer, ALIASES_FIELD, askedId, stream.streamId)
      })
      return encodedMessage(BatchGetStreamsResponseSchema, writer.finish())
    },
  }
}

function withAlias(frame: Frame, aliasId: string): Uint8Array {
  return new BinaryWriter().raw(frame).tag(ALIAS_ID_FIELD, WireType.LengthDelimited).string(aliasId).finish()
}

function writeEntry(writer: BinaryWriter, field: number, key: string, value: string): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string(key)
  writer.tag(2, WireType.LengthDelimited).string(value)
  writer.join()
}
