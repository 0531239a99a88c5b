import type { GroupInfo, UserInfo } from '../domain/stream.ts'
import type { Fields } from './fields.ts'
import { readStream } from './read-stream.ts'
import type { TableForm, TableRow } from './sqlite-table.ts'

/** The table of MaiBot 0.7 to 0.12, under the name that it has. */
export function streamsForm(table: string): TableForm {
  return {
    table,
    textColumns: [
      'stream_id',
      'platform',
      'user_platform',
      'user_id',
      'user_nickname',
      'user_cardname',
      'group_platform',
      'group_id',
      'group_name',
    ],
    timeColumns: ['create_time', 'last_active_time'],
    readRow: (place, row, fields) =>
      readStream(place, row, fields, (platform) => ({
        userInfo: readUser(row, platform, fields),
        groupInfo: readGroup(row, platform, fields),
      })),
  }
}

/** A group first seen without a user has an empty user id. */
function readUser(row: TableRow, platform: string, fields: Fields): UserInfo | undefined {
  const userId = fields.text('user_id', row.user_id)
  if (!userId) {
    const { user_nickname, user_cardname } = row
    fields.leaveOut({ user_nickname, user_cardname }, 'there is no user_id')
    return undefined
  }
  return {
    platform: fields.text('user_platform', row.user_platform) || platform,
    userId,
    userNickname: fields.text('user_nickname', row.user_nickname),
    userCardname: fields.text('user_cardname', row.user_cardname),
  }
}

/** A private chat has an empty group id or none. */
function readGroup(row: TableRow, platform: string, fields: Fields): GroupInfo | undefined {
  const groupId = fields.text('group_id', row.group_id)
  if (!groupId) {
    fields.leaveOut({ group_name: row.group_name }, 'there is no group_id')
    return undefined
  }
  return {
    platform: fields.text('group_platform', row.group_platform) || platform,
    groupId,
    groupName: fields.text('group_name', row.group_name),
  }
}
