import type { ServiceImpl } from '@connectrpc/connect'
import { type ChatApi, Role as RoleMessage } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Role } from '../domain/access.ts'
import { formatRevision } from '../domain/revision.ts'
import { splitTime } from '../domain/timestamp.ts'
import type { RpcContext } from './context.ts'

type ServerInfo = Pick<ServiceImpl<typeof ChatApi>, 'getServerInfo'>

/** What runs here, and how it is. */
export interface ServerFacts {
  readonly version: string
  /** Where streams are kept, without secrets. */
  readonly store: string
  /** For how long the store has not been followed. */
  readonly lagSeconds: number
  readonly watchers: number
  readonly followers: number
  readonly workers: number
  /** Settings by their options, without secrets. */
  readonly configuration: Readonly<Record<string, string>>
  /** In seconds since the Unix epoch. */
  readonly startTime: number
}

const roleMessages: Readonly<Record<Role, RoleMessage>> = {
  reader: RoleMessage.READER,
  recorder: RoleMessage.RECORDER,
  admin: RoleMessage.ADMIN,
}

/** What a caller is told of the server, and of itself. */
export function serverInfo({ gate, serverFacts }: RpcContext): ServerInfo {
  return {
    async getServerInfo(_request, call) {
      const { name, role, scope } = gate.callerOf(call)
      const { total, revision } = await gate.directoryOf(call).reader.summary(call)
      const { version, store, lagSeconds, watchers, followers, workers, configuration, startTime } = serverFacts()
      return {
        version,
        store,
        revision: formatRevision(revision),
        lag: protoTime(lagSeconds),
        streams: BigInt(total),
        watchers: BigInt(watchers),
        followers: BigInt(followers),
        workers,
        caller: {
          name,
          role: roleMessages[role],
          platforms: [...(scope.platforms ?? [])],
          accountIds: [...(scope.accountIds ?? [])],
        },
        configuration: { ...configuration },
        startTime: protoTime(startTime),
      }
    },
  }
}

function protoTime(time: number): { seconds: bigint; nanos: number } {
  const { seconds, nanos } = splitTime(time)
  return { seconds: BigInt(seconds), nanos }
}
