import type { ServiceImpl } from '@connectrpc/connect'
import type { ChatApi, GetStreamInfoRequest, GetStreamTypeRequest } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { streamNotFound } from '../domain/errors.ts'
import { formatRevision } from '../domain/revision.ts'
import { type Stream, streamType } from '../domain/stream.ts'
import type { PlatformCount, ReadOptions } from '../store/store.ts'
import { fromMessage, toInfoMessage, toTypeMessage } from '../wire/convert.ts'
import { frames } from '../wire/frames.ts'
import type { RpcContext } from './context.ts'

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
    const frame = await reader.get(streamId, options)
    if (!frame) throw streamNotFound(streamId)
    return frames.decode(frame)
  }

  return {
    async getStreamType({ target }, call) {
      return { type: toTypeMessage(streamType(await targetStream(target, call))) }
    },

    async getStreamInfo({ target }, call) {
      return { info: toInfoMessage(await targetStream(target, call)) }
    },

    async getStreamsSummary(_request, call) {
      const { found: counts, revision } = await reader.count(call)
      const platforms = new Set(counts.map(({ platform }) => platform))
      const platformStreams = Object.fromEntries(
        [...platforms].map((platform) => [platform, sum(counts, (count) => count.platform === platform)]),
      )
      return {
        totalStreams: sum(counts, () => true),
        groupStreams: sum(counts, ({ type }) => type === 'group'),
        privateStreams: sum(counts, ({ type }) => type === 'private'),
        unknownStreams: sum(counts, ({ type }) => type === 'unknown'),
        qqStreams: sum(counts, ({ platform }) => platform === 'qq'),
        platformStreams,
        revision: formatRevision(revision),
      }
    },
  }
}

function sum(counts: readonly PlatformCount[], matches: (count: PlatformCount) => boolean): bigint {
  return BigInt(counts.filter(matches).reduce((total, { count }) => total + count, 0))
}
