import type { ServiceImpl } from '@connectrpc/connect'
import type { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { DEFAULT_PLATFORM } from '../domain/platform.ts'
import { formatRevision } from '../domain/revision.ts'
import type { RpcContext } from './context.ts'

type Summary = Pick<ServiceImpl<typeof ChatApi>, 'getStreamsSummary'>

/** How many streams there are. */
export function summary({ gate }: RpcContext): Summary {
  return {
    async getStreamsSummary(_request, call) {
      const { total, byType, byPlatform, revision } = await gate.directoryOf(call).reader.summary(call)
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
