import type { ServiceImpl } from '@connectrpc/connect'
import type { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { attempting } from './attempting.ts'
import type { RpcContext } from './context.ts'
import { settled } from './settled.ts'

type DeleteStream = Pick<ServiceImpl<typeof ChatApi>, 'deleteStream'>

/** Takes a chat out of the directory, until something happens in it again. */
export function deleteStream(context: RpcContext): DeleteStream {
  const attempt = attempting(context)
  return {
    async deleteStream({ streamId, etag }, call) {
      const { commands } = context.gate.directoryOf(call)
      const written = await attempt(call, commands.delete({ streamId, etag }, call))
      return { revision: await settled(context, written, [], call) }
    },
  }
}
