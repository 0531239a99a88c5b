import type { Activity } from '../directory/activity.ts'
import type { UserInfo } from '../domain/stream.ts'
import { parseLocalTime } from '../importers/local-time.ts'
import type { TableRow } from '../importers/sqlite-table.ts'

/**
 * What a message of MaiBot 1.x says of its chat; undefined where that is nothing: it is the bot's own, or one that was put into the
 * chat from another one.
 *
 * @param session what the bot's table says of the chat
 * @param ownAccounts the accounts of the bot
 */
export function readSessionMessage(
  message: TableRow,
  session: Activity,
  ownAccounts: ReadonlySet<string>,
  timeZone: string,
): Activity | undefined {
  const userId = textOf(message.user_id)
  if (isOwn(message, userId, ownAccounts) || isForeign(message, userId, session)) return undefined
  const activeTime = timeOf(message.received_at, timeZone) ?? timeOf(message.timestamp, timeZone)
  if (activeTime === undefined) return undefined
  const { platform, groupInfo } = session
  return {
    ...session,
    userInfo: userOf(message, platform, userId, groupInfo !== undefined),
    groupInfo: groupInfo && { ...groupInfo, groupName: nameOf(message.group_name) },
    activeTime,
    names: 'newer',
  }
}

/** Since version 45 the bot says when it received a message; what it sent itself it did not receive. */
function isOwn(message: TableRow, userId: string, ownAccounts: ReadonlySet<string>): boolean {
  if ('received_at' in message) return message.received_at === null
  return userId !== '' && (userId === textOf(message.account_id) || ownAccounts.has(userId))
}

function isForeign(message: TableRow, userId: string, { groupInfo, userInfo }: Activity): boolean {
  if (groupInfo) return textOf(message.group_id) !== groupInfo.groupId
  return userInfo !== undefined && (textOf(message.group_id) !== '' || userId !== userInfo.userId)
}

/** The bot drops a name on the card in a private chat that is not there any more. */
function userOf(message: TableRow, platform: string, userId: string, isGroup: boolean): UserInfo | undefined {
  if (userId === '') return undefined
  const userCardname = nameOf(message.user_cardname) ?? (isGroup ? undefined : '')
  return { platform, userId, userNickname: nameOf(message.user_nickname), userCardname }
}

/** Messages have names as they came, chats without blanks around them; an empty name is one that is not known. */
function nameOf(value: unknown): string | undefined {
  return textOf(value).trim() || undefined
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}

function timeOf(value: unknown, timeZone: string): number | undefined {
  return typeof value === 'string' ? parseLocalTime(value, timeZone)?.seconds : undefined
}
