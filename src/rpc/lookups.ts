import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type ChatApi,
  GetStreamByGroupIdResponseSchema,
  GetStreamByUserIdResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Match } from '../directory/answers.ts'
import { whenThere } from '../directory/when-there.ts'
import { encodedMessage } from '../wire/encoded.ts'
import type { RpcContext } from './context.ts'
import { platformOf } from './platform.ts'

type Lookups = Pick<ServiceImpl<typeof ChatApi>, 'getStreamByGroupId' | 'getStreamByUserId'>

const EMPTY = new Uint8Array()
const OTHER_STREAM_IDS_FIELD = 2

/** The two lookups by an id of the platform's. */
export function lookups({ gate }: RpcContext): Lookups {
  return {
    getStreamByGroupId(request, call) {
      const { reader } = gate.directoryOf(call)
      const matched = reader.find({ kind: 'group', id: request.groupId }, platformOf(request), call)
      return whenThere(matched, (match) => encodedMessage(GetStreamByGroupIdResponseSchema, answer(match)))
    },

    getStreamByUserId(request, call) {
      const { reader } = gate.directoryOf(call)
      const matched = reader.find({ kind: 'private', id: request.userId }, platformOf(request), call)
      return whenThere(matched, (match) => encodedMessage(GetStreamByUserIdResponseSchema, answer(match)))
    },
  }
}

function answer(match: Match | undefined): Uint8Array {
  if (!match) return EMPTY
  if (match.otherStreamIds.length === 0) return match.frame
  const writer = new BinaryWriter().raw(match.frame)
  for (const streamId of match.otherStreamIds) {
    writer.tag(OTHER_STREAM_IDS_FIELD, WireType.LengthDelimited).string(streamId)
  }
  return writer.finish()
}
