import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type Activity as ActivityMessage,
  type ChatApi,
  OpenStreamResponseSchema,
  Outcome as OutcomeMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Activity, Outcome } from '../directory/activity.ts'
import type { Written } from '../directory/commands.ts'
import { ChatApiError, invalidFields } from '../domain/errors.ts'
import { formatRevision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import type { ReadOptions } from '../store/store.ts'
import { fromGroupInfo, fromTimestamp, fromUserInfo, toMessage } from '../wire/convert.ts'
import type { RpcContext } from './context.ts'

type Writes = Pick<ServiceImpl<typeof ChatApi>, 'openStream' | 'recordActivity'>

const MAX_NANOS = 999_999_999
const MS_PER_SECOND = 1_000

const outcomeMessages: Readonly<Record<Outcome, OutcomeMessage>> = {
  created: OutcomeMessage.CREATED,
  updated: OutcomeMessage.UPDATED,
  unchanged: OutcomeMessage.UNCHANGED,
}

/** The calls that bring streams in. */
export function writes({ commands, reader, log }: RpcContext): Writes {
  /**
   * Lets the caller read what it wrote, or was told to be there already. The write itself is done: it does not fail where
   * the view is late.
   */
  async function settled(
    { revision, seen }: Written,
    streams: readonly Stream[],
    options: ReadOptions,
  ): Promise<string> {
    try {
      if (revision !== undefined) await reader.waitFor(revision, options)
      else await Promise.all(streams.map((stream) => reader.waitForStream(stream, seen, options)))
    } catch (error) {
      if (!(error instanceof ChatApiError)) throw error
      log.warn({ err: error }, 'a write is durable and not visible here yet')
    }
    return revision === undefined ? '' : formatRevision(revision)
  }

  return {
    async openStream(request, call) {
      const { platform, accountId, scope, groupId, groupName, userId, userNickname, userCardname } = request
      const opened = await commands.open(
        {
          platform,
          accountId,
          scope,
          labels: request.labels,
          ...(groupId !== undefined && { groupInfo: { platform, groupId, groupName } }),
          ...(userId !== undefined && { userInfo: { platform, userId, userNickname, userCardname } }),
        },
        call,
      )
      return create(OpenStreamResponseSchema, {
        stream: toMessage(opened.stream),
        created: opened.created,
        otherStreamIds: [...opened.otherStreamIds],
        revision: await settled(opened, [opened.stream], call),
      })
    },

    async recordActivity(request, call) {
      const now = Date.now() / MS_PER_SECOND
      const activities = request.activities.map((activity, index) =>
        fromActivity(activity, now, `activities[${index}]`),
      )
      const recorded = await commands.record(activities, call)
      return {
        results: recorded.results.map(({ streamId, outcome }) => ({ streamId, outcome: outcomeMessages[outcome] })),
        revision: await settled(recorded, recorded.streams, call),
      }
    },
  }
}

function fromActivity(message: ActivityMessage, now: number, path: string): Activity {
  const { platform, accountId, scope, activeTime } = message
  if (activeTime && (activeTime.nanos < 0 || activeTime.nanos > MAX_NANOS)) {
    const description = `nanos must be 0 to ${MAX_NANOS}, is ${activeTime.nanos}`
    throw invalidFields([{ field: `${path}.active_time`, description }])
  }
  return {
    platform,
    accountId,
    scope,
    userInfo: fromUserInfo(message.userInfo, platform),
    groupInfo: fromGroupInfo(message.groupInfo, platform),
    activeTime: activeTime ? fromTimestamp(activeTime) : now,
  }
}
