import type { ServiceImpl } from '@connectrpc/connect'
import { type ChatApi, WatchStreamsResponseSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { ChatApiError } from '../domain/errors.ts'
import { encodedMessage } from '../wire/encoded.ts'
import { fromFilter } from '../wire/filter.ts'
import type { RpcContext } from './context.ts'

type WatchStreams = Pick<ServiceImpl<typeof ChatApi>, 'watchStreams'>

const DEFAULT_HEARTBEAT_MS = 15_000
/** For so long at most a watch goes on, beyond its heartbeat, for one who may no longer. */
const CHECK_INTERVAL_MS = 500
const MS_PER_SECOND = 1_000
const NANOS_PER_MS = 1_000_000

/** What changes, for as long as the caller listens and may. */
export function watchStreams({ gate }: RpcContext): WatchStreams {
  return {
    async *watchStreams({ filter, start, heartbeat, omitPrevious }, call) {
      const { watch } = gate.directoryOf(call)
      if (!watch) throw unsupported()
      const request = {
        filter: fromFilter(filter),
        resumeToken: start.case === 'resumeToken' ? start.value : undefined,
        changesOnly: start.case === 'changesOnly' && start.value,
        heartbeatMs: heartbeat
          ? Number(heartbeat.seconds) * MS_PER_SECOND + Math.floor(heartbeat.nanos / NANOS_PER_MS)
          : DEFAULT_HEARTBEAT_MS,
        omitsPrevious: omitPrevious,
      }
      let checkedAt = performance.now()
      for await (const message of watch(request, call, call.signal)) {
        // There is a message at each heartbeat, if no other.
        if (performance.now() - checkedAt > CHECK_INTERVAL_MS) {
          await gate.checkAgain(call)
          checkedAt = performance.now()
        }
        yield encodedMessage(WatchStreamsResponseSchema, message)
      }
    },
  }
}

function unsupported(): ChatApiError {
  return new ChatApiError(
    'WATCH_UNSUPPORTED',
    'this server has no copy of the directory in memory that could tell of changes: it runs with --reads store, or its ' +
      'MongoDB is no replica set',
  )
}
