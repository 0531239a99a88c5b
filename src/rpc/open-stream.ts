import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { type ChatApi, OpenStreamResponseSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { toMessage } from '../wire/convert.ts'
import { attempting } from './attempting.ts'
import type { RpcContext } from './context.ts'
import { openingOf } from './opening.ts'
import { settled } from './settled.ts'

type OpenStream = Pick<ServiceImpl<typeof ChatApi>, 'openStream'>

/** The stream of a chat, which is created where there is none. */
export function openStream(context: RpcContext): OpenStream {
  const attempt = attempting(context)
  return {
    async openStream(request, call) {
      const opening = await openingOf(request, context, call)
      const opened = await attempt(call, context.gate.directoryOf(call).commands.open(opening, call))
      return create(OpenStreamResponseSchema, {
        stream: toMessage(opened.stream),
        created: opened.created,
        otherStreamIds: [...opened.otherStreamIds],
        revision: await settled(context, opened, [opened.stream], call),
      })
    },
  }
}
