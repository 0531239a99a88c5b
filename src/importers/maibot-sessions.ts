import type { Activity } from '../directory/activity.ts'
import type { GroupInfo, UserInfo } from '../domain/stream.ts'
import { describe, type Fields } from './fields.ts'
import { parseLocalTime } from './local-time.ts'
import type { SourceRow } from './source.ts'
import type { TableForm, TableRow } from './sqlite-table.ts'

/** The versions of the database in which columns were added. */
const ADDED_IN: Readonly<Record<string, number>> = {
  account_id: 6,
  scope: 6,
  user_nickname: 10,
  user_cardname: 10,
  group_name: 10,
}

/** How many sessions the table has of the group or the user of a row. */
const COUNT_OF_CHAT = `count(*) OVER (PARTITION BY platform, coalesce(group_id, '') <> '',
  CASE WHEN coalesce(group_id, '') <> '' THEN group_id ELSE user_id END)`

/**
 * The table of MaiBot 1.x. Of a version that is not known it is the same, as far as the columns are there.
 *
 * @param timeZone the zone of its times
 */
export function sessionsForm(timeZone: string, version: number): TableForm {
  const added = Object.keys(ADDED_IN)
  return {
    table: 'chat_sessions',
    textColumns: ['session_id', 'platform', 'user_id', 'group_id', ...added],
    timeColumns: ['created_timestamp', 'last_active_timestamp'],
    optionalColumns: added.filter((column) => version < ADDED_IN[column]!),
    expressions: { count_of_chat: COUNT_OF_CHAT },
    readRow: (place, row, fields) => readSession(place, row, fields, timeZone),
  }
}

/** The id of a session is the one that it has: its own columns may derive another. */
function readSession(place: string, row: TableRow, fields: Fields, timeZone: string): SourceRow {
  const streamId = fields.requiredText('session_id', row.session_id)
  const platform = fields.requiredText('platform', row.platform)
  const userInfo = readUser(row, platform, fields)
  const groupInfo = readGroup(row, platform, fields)
  const createTime = readTime('created_timestamp', row, fields, timeZone)
  // It stays NULL until the chat is seen a second time.
  const activeTime = readTime('last_active_timestamp', row, fields, timeZone) ?? createTime
  const accountId = fields.text('account_id', row.account_id) ?? ''
  const scope = fields.text('scope', row.scope) ?? ''
  const isOnlyOne = row.count_of_chat === 1n
  const activity: Activity = {
    streamId,
    platform,
    accountId,
    scope,
    userInfo,
    groupInfo,
    createTime,
    activeTime: activeTime ?? 0,
    ...(isOnlyOne && (accountId !== '' || scope !== '') && { era: 'since accounts' }),
  }
  if (activeTime === undefined && fields.fault === undefined) fields.reject('created_timestamp', 'is missing')
  const { fault, altered } = fields
  return fault === undefined
    ? { place, streamId, activity, altered }
    : { place, streamId: streamId || undefined, fault }
}

/** Groups have none since version 5. */
function readUser(row: TableRow, platform: string, fields: Fields): UserInfo | undefined {
  const userId = fields.text('user_id', row.user_id)
  if (!userId) {
    const { user_nickname, user_cardname } = row
    fields.leaveOut({ user_nickname, user_cardname }, 'there is no user_id')
    return undefined
  }
  return {
    platform,
    userId,
    userNickname: fields.text('user_nickname', row.user_nickname),
    userCardname: fields.text('user_cardname', row.user_cardname),
  }
}

function readGroup(row: TableRow, platform: string, fields: Fields): GroupInfo | undefined {
  const groupId = fields.text('group_id', row.group_id)
  if (!groupId) {
    fields.leaveOut({ group_name: row.group_name }, 'there is no group_id')
    return undefined
  }
  return { platform, groupId, groupName: fields.text('group_name', row.group_name) }
}

function readTime(name: string, row: TableRow, fields: Fields, timeZone: string): number | undefined {
  const value = row[name]
  if (value === null || value === undefined) return undefined
  const time = typeof value === 'string' ? parseLocalTime(value, timeZone) : undefined
  if (!time) {
    fields.reject(name, `is ${describe(value)}; expected a time such as 2025-01-31 12:00:00`)
    return undefined
  }
  if (time.doubt !== undefined) fields.alter(name, `${value} ${time.doubt}`)
  return time.seconds
}
