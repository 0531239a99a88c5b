import type { ServiceImpl } from '@connectrpc/connect'
import type { ChatApi, GetStreamInfoRequest, GetStreamTypeRequest } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { streamNotFound } from '../domain/errors.ts'
import { formatRevision } from '../domain/revision.ts'
import { type Stream, streamType } from '../domain/stream.ts'
import type { ReadOptions } from '../store/store.ts'
import { fromMessage, toInfoMessage, toTypeMessage } from '../wire/convert.ts'
import { frames } from '../wire/frames.ts'
import type { RpcContext } from './context.ts'
import { DEFAULT_PLATFORM } from './platform.ts'

type Facts = Pick<ServiceImpl<typeof ChatApi>, 'getStreamType' | 'getStreamInfo' | 'getStreamsSummary'>

/** What is known of one stream, and of all of them together. */
export function facts({ reader }: RpcContext): Facts {
  async function targetStream(
    target: GetStreamTypeRequest['target'] | GetStreamInfoRequest['target'],
    options: ReadOptions,
  ): Promise<Stream> {
    if (target.case === 'chatStream') return fromMessage(target.value)
    // Validation has seen to it that there is a target.
    const streamId = target.value as string
    const found = await reader.get(streamId, options)
    if (!found) throw streamNotFound(streamId)
    return frames.decode(found.frame)
  }

  return {
    async getStreamType({ target }, call) {
      return { type: toTypeMessage(streamType(await targetStream(target, call))) }
    },

    async getStreamInfo({ target }, call) {
      return { info: toInfoMessage(await targetStream(target, call)) }
    },

    async getStreamsSummary(_request, call) {
      const { total, byType, byPlatform, revision } = await reader.summary(call)
      return {
        totalStreams: BigInt(total),
        groupStreams: BigInt(byType.group),
        privateStreams: BigInt(byType.private),
        unknownStreams: BigInt(byType.unknown),
        qqStreams: BigInt(byPlatform.get(DEFAULT_PLATFORM) ?? 0),
        platformStreams: Object.fromEntries([...byPlatform].map(([platform, count]) => [platform, BigInt(count)])),
        revision: formatRevision(revision),
      }
    },
  }
}
