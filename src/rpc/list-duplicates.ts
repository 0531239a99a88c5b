import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type ChatApi,
  ListDuplicatesResponseSchema,
  DuplicateReason as ReasonMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { FoundDuplicateRows } from '../directory/rows.ts'
import type { DuplicateReason } from '../domain/duplicates.ts'
import { DEFAULT_PLATFORM_ALIASES } from '../domain/platform.ts'
import { formatRevision } from '../domain/revision.ts'
import { encodedMessage } from '../wire/encoded.ts'
import { fromFilter } from '../wire/filter.ts'
import type { RpcContext } from './context.ts'
import { TAIL_BYTES } from './list-answer.ts'

type ListDuplicates = Pick<ServiceImpl<typeof ChatApi>, 'listDuplicates'>

const DUPLICATES_FIELD = 1
const REVISION_FIELD = 2
const MORE_FIELD = 3
const REASON_FIELD = 2

const reasons: Readonly<Record<DuplicateReason, ReasonMessage>> = {
  'other-account': ReasonMessage.SAME_CHAT_OTHER_ACCOUNT,
  'other-scope': ReasonMessage.SAME_CHAT_OTHER_SCOPE,
  'platform-case': ReasonMessage.PLATFORM_CASE,
  'platform-alias': ReasonMessage.PLATFORM_ALIAS,
  'same-chat': ReasonMessage.SAME_CHAT,
}

/** Streams that seem to be one chat. */
export function listDuplicates(context: RpcContext): ListDuplicates {
  const { gate, maxMessageBytes, platformAliases: aliases = DEFAULT_PLATFORM_ALIASES } = context
  return {
    async listDuplicates(request, call) {
      const asked = { filter: fromFilter(request.filter), aliases, maxBytes: maxMessageBytes - TAIL_BYTES }
      const found = await gate.directoryOf(call).reader.duplicates(asked, call)
      return encodedMessage(ListDuplicatesResponseSchema, encode(found))
    },
  }
}

function encode({ duplicates, revision, isCut }: FoundDuplicateRows): Uint8Array {
  const writer = new BinaryWriter()
  for (const { reason, frames } of duplicates) {
    writer.tag(DUPLICATES_FIELD, WireType.LengthDelimited).fork()
    for (const frame of frames) writer.raw(frame)
    writer.tag(REASON_FIELD, WireType.Varint).int32(reasons[reason])
    writer.join()
  }
  writer.tag(REVISION_FIELD, WireType.LengthDelimited).string(formatRevision(revision))
  if (isCut) writer.tag(MORE_FIELD, WireType.Varint).bool(true)
  return writer.finish()
}
