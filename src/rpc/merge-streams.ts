import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { type ChatApi, MergeStreamsResponseSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { toMessage } from '../wire/convert.ts'
import { attempting } from './attempting.ts'
import type { RpcContext } from './context.ts'
import { settled } from './settled.ts'

type MergeStreams = Pick<ServiceImpl<typeof ChatApi>, 'mergeStreams'>

/** Makes one chat of two. */
export function mergeStreams(context: RpcContext): MergeStreams {
  const attempt = attempting(context)
  return {
    async mergeStreams({ sourceStreamId, sourceEtag, targetStreamId, targetEtag }, call) {
      const { commands } = context.gate.directoryOf(call)
      const source = { streamId: sourceStreamId, etag: sourceEtag }
      const target = { streamId: targetStreamId, etag: targetEtag }
      const merged = await attempt(call, commands.merge(source, target, call))
      return create(MergeStreamsResponseSchema, {
        stream: toMessage(merged.stream),
        revision: await settled(context, merged, [merged.stream], call),
      })
    },
  }
}
