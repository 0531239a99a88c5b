import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { type ChatApi, UpdateStreamResponseSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { toMessage } from '../wire/convert.ts'
import { attempting } from './attempting.ts'
import type { RpcContext } from './context.ts'
import { settled } from './settled.ts'

type UpdateStream = Pick<ServiceImpl<typeof ChatApi>, 'updateStream'>

/** What people say of a stream. */
export function updateStream(context: RpcContext): UpdateStream {
  const attempt = attempting(context)
  return {
    async updateStream({ streamId, etag, customName, setLabels, removeLabels }, call) {
      const { commands } = context.gate.directoryOf(call)
      const change = commands.edit({ streamId, etag }, { customName, setLabels, removeLabels }, call)
      const changed = await attempt(call, change)
      return create(UpdateStreamResponseSchema, {
        stream: toMessage(changed.stream),
        revision: await settled(context, changed, [changed.stream], call),
      })
    },
  }
}
