import type { DatabaseSync } from 'node:sqlite'
import type { Activity } from '../directory/activity.ts'
import type { Fields } from './fields.ts'
import { parseLocalTime } from './local-time.ts'
import type { Source, SourceRow } from './source.ts'
import { explainSqliteError, isSameFile, type SqliteFile } from './sqlite-file.ts'
import { columnsOf, openTable, readTable, type TableForm, type TableRow } from './sqlite-table.ts'

/** What AstrBot calls a platform that others call otherwise. */
const PLATFORMS: Readonly<Record<string, string>> = { aiocqhttp: 'qq' }

/** What separates user and group in the name of a session that each user of a group has for themselves. */
const SEPARATORS: Readonly<Record<string, string>> = { aiocqhttp: '_', slack: '_', lark: '%' }

export function isAstrbot(tables: readonly string[]): boolean {
  return tables.includes('umo_aliases') || (tables.includes('conversations') && tables.includes('platform_stats'))
}

/** The chats of AstrBot 4: those that it has names of, and those in which it has conversed. Takes over `file`, also where it throws. */
export async function readAstrbot(file: SqliteFile): Promise<Source> {
  const { database, path } = file
  try {
    const types = typesOf(database)
    const forms = [conversationsForm(types), aliasesForm(types)]
    const present = forms.filter(({ table }) => columnsOf(database, table).length > 0)
    const tables = present.map((form) => openTable(file, form))
    return {
      kind: 'AstrBot 4, SQLite',
      approximateCount: tables.reduce((sum, { count }) => sum + count, 0),
      *rows() {
        for (const table of tables) yield* readTable(file, table, true)
      },
      isWithin: (target) => isSameFile(path, target),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw explainSqliteError(path, error)
  }
}

/** What kind of adapter each instance is, which its user names at will. */
type Types = ReadonlyMap<string, string>

function typesOf(database: DatabaseSync): Types {
  const columns = columnsOf(database, 'platform_stats')
  if (!columns.includes('platform_id') || !columns.includes('platform_type')) return new Map()
  const rows = database.prepare('SELECT DISTINCT platform_id, platform_type FROM platform_stats').all()
  return new Map(rows.map(({ platform_id, platform_type }) => [String(platform_id), String(platform_type)]))
}

/** Each chat once, with what people and the platform call it. */
function aliasesForm(types: Types): TableForm {
  return {
    table: 'umo_aliases',
    maker: 'AstrBot',
    textColumns: ['umo', 'auto_name', 'user_alias'],
    timeColumns: ['created_at', 'updated_at'],
    ignoredColumns: ['creator_sender_id'],
    readRow: (place, row, fields) =>
      readChat(place, 'umo', row, types, fields, {
        name: fields.text('auto_name', row.auto_name),
        customName: fields.text('user_alias', row.user_alias),
      }),
  }
}

/** Any number for each chat, of which `user_id` is the name. */
function conversationsForm(types: Types): TableForm {
  return {
    table: 'conversations',
    maker: 'AstrBot',
    idColumn: 'inner_conversation_id',
    textColumns: ['user_id'],
    timeColumns: ['created_at', 'updated_at'],
    ignoredColumns: [
      ...['conversation_id', 'platform_id', 'content', 'title', 'persona_id', 'token_usage', 'user_name', 'avatar'],
    ],
    readRow: (place, row, fields) => readChat(place, 'user_id', row, types, fields, {}),
  }
}

function readChat(
  place: string,
  column: string,
  row: TableRow,
  types: Types,
  fields: Fields,
  { name, customName }: { name?: string | undefined; customName?: string | undefined },
): SourceRow {
  const origin = fields.requiredText(column, row[column])
  const chat = origin ? readOrigin(column, origin, types, fields) : undefined
  const createTime = readTime('created_at', row.created_at, fields)
  const activeTime = readTime('updated_at', row.updated_at, fields) ?? createTime
  if (activeTime === undefined && fields.fault === undefined) fields.reject('created_at', 'is missing')
  const { fault, altered } = fields
  if (fault !== undefined || !chat) return { place, streamId: undefined, fault: fault ?? `${column} is missing` }
  const { platform, kind, id } = chat
  const known = name || undefined
  const activity: Activity = {
    platform,
    ...(kind === 'group'
      ? { groupInfo: { platform, groupId: id, groupName: known } }
      : { userInfo: { platform, userId: id, userNickname: known } }),
    createTime,
    activeTime: activeTime!,
    customName: customName || undefined,
  }
  return { place, streamId: undefined, activity, altered }
}

interface Origin {
  readonly platform: string
  readonly kind: 'group' | 'private'
  readonly id: string
}

/** Reads `INSTANCE:TYPE:SESSION`, in which the session may hold colons. */
function readOrigin(column: string, text: string, types: Types, fields: Fields): Origin | undefined {
  const [, instance = '', type = '', session = ''] = /^([^:]*):([^:]*):([\s\S]+)$/.exec(text) ?? []
  const adapter = types.get(instance)
  const platform = adapter === undefined ? instance : (PLATFORMS[adapter] ?? adapter)
  if (platform === '' || !['GroupMessage', 'FriendMessage'].includes(type)) {
    const expected = 'expected INSTANCE:GroupMessage:SESSION or INSTANCE:FriendMessage:SESSION'
    fields.reject(column, `is ${JSON.stringify(text)}; ${expected}`)
    return undefined
  }
  if (adapter === undefined) {
    const why = 'platform_stats does not say what kind of adapter it is'
    fields.alter(column, `names the instance ${JSON.stringify(instance)}, which is taken for the platform: ${why}`)
  }
  if (type === 'FriendMessage') return { platform, kind: 'private', id: session }
  const id = groupOf(session, adapter)
  if (id !== session) fields.alter(column, `is of one user of a group; it is taken for the group ${JSON.stringify(id)}`)
  return { platform, kind: 'group', id }
}

/** The group of a session, which may be that of one user in it. */
function groupOf(session: string, adapter: string | undefined): string {
  const separator = adapter === undefined ? unknownSeparator(session) : SEPARATORS[adapter]
  const parts = separator === undefined ? [session] : session.split(separator)
  return parts.length === 2 && parts.every((part) => part !== '') ? parts[1]! : session
}

/** Of an adapter that is not known only numbers are taken apart. */
function unknownSeparator(session: string): string | undefined {
  return /^\d+([_%])\d+$/.exec(session)?.[1]
}

/** In UTC, which is not said. */
function readTime(name: string, value: unknown, fields: Fields): number | undefined {
  if (value === null || value === undefined) return undefined
  const time = typeof value === 'string' ? parseLocalTime(value, 'UTC') : undefined
  if (!time) fields.reject(name, 'is no time such as 2025-01-31 12:00:00')
  return time?.seconds
}
