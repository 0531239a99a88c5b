import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { GroupInfo, Stream, UserInfo } from '../../domain/stream.ts'
import type { StoredStream } from '../store.ts'
import type { Row } from './statements.ts'

/** How a stream is spread over columns; migrations.ts says what they hold. New ones come last: `before` counts on it. */
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
  'custom_name',
  'merged_chats',
]

/** The columns of `rowOf`, in its order. */
export const ROW_NAMES = NAMES.join(', ')
/** What `storedOf` reads, in its order. */
export const STORED_NAMES = `position, ${ROW_NAMES}`
/** As many question marks as `rowOf` has values. */
export const ROW_PARAMETERS = NAMES.map(() => '?').join(', ')

/** What the indexes of `streams` are on, beside the id, which never changes. */
const INDEXED = ['platform', 'user_id', 'group_id']

const columns = [...NAMES.keys()].slice(1)
const assignments = (some: readonly number[]) => some.map((column) => `${NAMES[column]} = ?`).join(', ')

/** The columns of `rowOf` that no index is on. */
export const PLAIN_COLUMNS = columns.filter((column) => !INDEXED.includes(NAMES[column]!))
/** For the values of these columns. An UPDATE writes the indexes of what it names, changed or not. */
export const PLAIN_ASSIGNMENTS = assignments(PLAIN_COLUMNS)
/** For all values of `rowOf` but the id. */
export const ROW_ASSIGNMENTS = assignments(columns)

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
    stream.customName || null,
    stream.mergedChats ? JSON.stringify(stream.mergedChats) : null,
  ]
}

type Text = string | null

/** Reads a row of STORED_NAMES that starts at `at`. Indexed access: at a million rows destructuring shows. */
export function storedOf(row: Row, at = 0): StoredStream {
  const streamId = row[at + 1] as string
  const platform = row[at + 2] as string
  const labels = row[at + 14] as Text
  const aliasIds = row[at + 15] as Text
  const customName = row[at + 16] as Text | undefined
  const mergedChats = row[at + 17] as Text | undefined
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
      ...(customName && { customName }),
      ...(mergedChats && { mergedChats: JSON.parse(mergedChats) }),
    },
  }
}

/** The aliases in a row of STORED_NAMES. */
export function aliasIdsOf(row: Row): Stream['aliasIds'] {
  const aliasIds = row[15] as Text
  return aliasIds === null ? NO_ALIASES : JSON.parse(aliasIds)
}

/** The chats that were merged into the stream of a row of STORED_NAMES. */
export function mergedChatsOf(row: Row): Stream['mergedChats'] {
  const mergedChats = row[17] as Text | undefined
  return mergedChats ? JSON.parse(mergedChats) : undefined
}

/** A row of STORED_NAMES, for what is gone. */
export function wholeRow(row: Row): string {
  return JSON.stringify(row)
}

export function fromWholeRow(text: string): StoredStream {
  return storedOf(JSON.parse(text))
}

/** Numbers of columns, each before what the column held. */
export type Differences = readonly SQLOutputValue[]

/** In which columns a row of STORED_NAMES differs from one of `rowOf` that takes its place: mostly a time or a name. */
export function differences(before: Row, after: readonly SQLInputValue[]): Differences {
  const changed: SQLOutputValue[] = []
  for (let column = 0; column < after.length; column++) {
    if (before[column + 1] !== after[column]) changed.push(column, before[column + 1]!)
  }
  return changed
}

/** Whether an index depends on one of the columns. */
export function isIndexed(changed: Differences): boolean {
  for (let i = 0; i < changed.length; i += 2) if (INDEXED.includes(NAMES[changed[i] as number]!)) return true
  return false
}

/** The stream before such differences, given a row of STORED_NAMES, from `at` on, that has it after them. */
export function beforeDifferences(text: string, row: Row, at: number): StoredStream {
  const before = row.slice(at)
  const changed = JSON.parse(text) as Differences
  for (let i = 0; i < changed.length; i += 2) before[(changed[i] as number) + 1] = changed[i + 1]!
  return storedOf(before)
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
