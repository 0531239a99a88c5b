import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import type { ChatApi, GetStreamInfoRequest, GetStreamTypeRequest } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { type Stream, streamType } from '../domain/stream.ts'
import { fromMessage, toInfoMessage, toTypeMessage } from '../wire/convert.ts'
import { frames } from '../wire/frames.ts'
import type { RpcContext } from './context.ts'

type TypeAndInfo = Pick<ServiceImpl<typeof ChatApi>, 'getStreamType' | 'getStreamInfo'>

/** What is known of a stream that the caller names, or shows. */
export function typeAndInfo({ gate }: RpcContext): TypeAndInfo {
  async function targetStream(
    target: GetStreamTypeRequest['target'] | GetStreamInfoRequest['target'],
    call: HandlerContext,
  ): Promise<Stream> {
    if (target.case === 'chatStream') return fromMessage(target.value)
    // Validation has seen to it that there is a target.
    const streamId = target.value as string
    const { reader } = gate.directoryOf(call)
    const found = await reader.get(streamId, call)
    if (!found) throw await reader.missing(streamId, call)
    return frames.decode(found.frame)
  }

  return {
    async getStreamType({ target }, call) {
      return { type: toTypeMessage(streamType(await targetStream(target, call))) }
    },

    async getStreamInfo({ target }, call) {
      return { info: toInfoMessage(await targetStream(target, call)) }
    },
  }
}
