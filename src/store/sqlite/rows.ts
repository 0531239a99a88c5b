import type { SQLInputValue } from 'node:sqlite'
import type { GroupInfo, Stream, UserInfo } from '../../domain/stream.ts'
import type { StoredStream } from '../store.ts'
import type { Row } from './statements.ts'

/** How a stream is spread over columns. In the log all but the id are NULL for a stream that was removed. */
export const STREAM_COLUMNS = `
    stream_id TEXT NOT NULL,
    platform TEXT,
    account_id TEXT,
    scope TEXT,
    user_platform TEXT, -- NULL where it is the platform of the stream
    user_id TEXT, -- NULL where there is no user
    user_nickname TEXT,
    user_cardname TEXT,
    group_platform TEXT, -- NULL where it is the platform of the stream
    group_id TEXT, -- NULL where there is no group
    group_name TEXT,
    create_time REAL,
    last_active_time REAL,
    labels TEXT, -- a JSON object; NULL where there are none
    -- a JSON array; NULL where there are none
    alias_ids TEXT`

const NAMES = [
  'stream_id',
  'platform',
  'account_id',
  'scope',
  'user_platform',
  'user_id',
  'user_nickname',
  'user_cardname',
  'group_platform',
  'group_id',
  'group_name',
  'create_time',
  'last_active_time',
  'labels',
  'alias_ids',
]

/** The columns of `rowOf`, in its order. */
export const ROW_NAMES = NAMES.join(', ')
/** What `storedOf` reads, in its order. */
export const STORED_NAMES = `position, ${ROW_NAMES}`
/** As many question marks as `rowOf` has values. */
export const ROW_PARAMETERS = NAMES.map(() => '?').join(', ')
/** For the values of `rowOf` but the id: what an UPDATE names, its indexes are rewritten for, changed or not. */
export const ROW_ASSIGNMENTS = NAMES.slice(1)
  .map((name) => `${name} = ?`)
  .join(', ')

const NO_LABELS: Stream['labels'] = Object.freeze({})
const NO_ALIASES: Stream['aliasIds'] = Object.freeze([])

export function rowOf(stream: Stream): SQLInputValue[] {
  const { platform, userInfo: user, groupInfo: group, labels, aliasIds } = stream
  return [
    stream.streamId,
    platform,
    stream.accountId,
    stream.scope,
    user === undefined || user.platform === platform ? null : user.platform,
    user?.userId ?? null,
    user?.userNickname ?? null,
    user?.userCardname ?? null,
    group === undefined || group.platform === platform ? null : group.platform,
    group?.groupId ?? null,
    group?.groupName ?? null,
    stream.createTime,
    stream.lastActiveTime,
    Object.keys(labels).length === 0 ? null : JSON.stringify(labels),
    aliasIds.length === 0 ? null : JSON.stringify(aliasIds),
  ]
}

type Text = string | null

/** Reads a row of STORED_NAMES that starts at `at`. Indexed access: at a million rows destructuring shows. */
export function storedOf(row: Row, at = 0): StoredStream {
  const streamId = row[at + 1] as string
  const platform = row[at + 2] as string
  const labels = row[at + 14] as Text
  const aliasIds = row[at + 15] as Text
  return {
    position: row[at] as number,
    streamId,
    stream: {
      streamId,
      platform,
      accountId: row[at + 3] as string,
      scope: row[at + 4] as string,
      userInfo: userOf(platform, row, at + 5),
      groupInfo: groupOf(platform, row, at + 9),
      createTime: row[at + 12] as number,
      lastActiveTime: row[at + 13] as number,
      labels: labels === null ? NO_LABELS : JSON.parse(labels),
      aliasIds: aliasIds === null ? NO_ALIASES : JSON.parse(aliasIds),
    },
  }
}

function userOf(platform: string, row: Row, at: number): UserInfo | undefined {
  const userId = row[at + 1] as Text
  if (userId === null) return undefined
  return {
    platform: (row[at] as Text) ?? platform,
    userId,
    userNickname: (row[at + 2] as Text) ?? undefined,
    userCardname: (row[at + 3] as Text) ?? undefined,
  }
}

function groupOf(platform: string, row: Row, at: number): GroupInfo | undefined {
  const groupId = row[at + 1] as Text
  if (groupId === null) return undefined
  return { platform: (row[at] as Text) ?? platform, groupId, groupName: (row[at + 2] as Text) ?? undefined }
}
