import type { ServiceImpl } from '@connectrpc/connect'
import {
  type Activity as ActivityMessage,
  type ChatApi,
  Outcome as OutcomeMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Activity, Outcome } from '../directory/activity.ts'
import { fromGroupInfo, fromUserInfo } from '../wire/convert.ts'
import { timeOf } from '../wire/times.ts'
import { attempting } from './attempting.ts'
import type { RpcContext } from './context.ts'
import { settled } from './settled.ts'

type RecordActivity = Pick<ServiceImpl<typeof ChatApi>, 'recordActivity'>

const MS_PER_SECOND = 1_000

const outcomeMessages: Readonly<Record<Outcome, OutcomeMessage>> = {
  created: OutcomeMessage.CREATED,
  updated: OutcomeMessage.UPDATED,
  unchanged: OutcomeMessage.UNCHANGED,
}

/** What a bot saw: streams come in, and are kept up to date. */
export function recordActivity(context: RpcContext): RecordActivity {
  const attempt = attempting(context)
  return {
    async recordActivity(request, call) {
      const now = Date.now() / MS_PER_SECOND
      const activities = request.activities.map((activity, index) =>
        fromActivity(activity, now, `activities[${index}]`),
      )
      const recorded = await attempt(call, context.gate.directoryOf(call).commands.record(activities, call))
      return {
        results: recorded.results.map(({ streamId, outcome }) => ({ streamId, outcome: outcomeMessages[outcome] })),
        revision: await settled(context, recorded, recorded.streams, call),
      }
    },
  }
}

function fromActivity(message: ActivityMessage, now: number, path: string): Activity {
  const { platform, accountId, scope, activeTime } = message
  return {
    platform,
    accountId,
    scope,
    userInfo: fromUserInfo(message.userInfo, platform),
    groupInfo: fromGroupInfo(message.groupInfo, platform),
    activeTime: activeTime ? timeOf(activeTime, `${path}.active_time`) : now,
  }
}
