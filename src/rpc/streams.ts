import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  BatchGetStreamsResponseSchema,
  type ChatApi,
  GetStreamResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { streamNotFound } from '../domain/errors.ts'
import { encodedMessage } from '../wire/encoded.ts'
import { after } from './after.ts'
import type { RpcContext } from './context.ts'

type Streams = Pick<ServiceImpl<typeof ChatApi>, 'getStream' | 'batchGetStreams'>

const MISSING_STREAM_IDS_FIELD = 2

/** Streams by their own ids. */
export function streams({ reader }: RpcContext): Streams {
  return {
    getStream({ streamId }, call) {
      return after(reader.get(streamId, call), (frame) => {
        if (!frame) throw streamNotFound(streamId)
        return encodedMessage(GetStreamResponseSchema, frame)
      })
    },

    async batchGetStreams(request, call) {
      const streamIds = [...new Set(request.streamIds)]
      const frames = await reader.getMany(streamIds, call)
      const writer = new BinaryWriter()
      streamIds.forEach((streamId, index) => {
        const frame = frames[index]
        if (frame) writer.raw(frame)
        else writer.tag(MISSING_STREAM_IDS_FIELD, WireType.LengthDelimited).string(streamId)
      })
      return encodedMessage(BatchGetStreamsResponseSchema, writer.finish())
    },
  }
}
