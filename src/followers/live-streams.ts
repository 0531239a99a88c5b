import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Activity } from '../directory/activity.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import { Fields } from '../importers/fields.ts'
import { streamsForm } from '../importers/maibot-streams.ts'
import type { SourceRow } from '../importers/source.ts'
import { findTable, RowReader, selectionOf, type TableRow } from '../importers/sqlite-table.ts'
import { type LiveTables, type MessageForm, messageNews, openMessages, type TablesPlace } from './live-tables.ts'
import type { MessageTail } from './message-tail.ts'
import type { Sightings } from './sightings.ts'

const TABLE = 'chat_streams'

const MESSAGES: MessageForm = {
  table: 'messages',
  columns: ['time', 'chat_info_stream_id', 'chat_info_platform'],
  optionalColumns: [
    'chat_info_user_platform',
    'chat_info_user_id',
    'chat_info_user_nickname',
    'chat_info_user_cardname',
    'chat_info_group_platform',
    'chat_info_group_id',
    'chat_info_group_name',
    'chat_info_last_active_time',
    'user_id',
  ],
}

/**
 * MaiBot 0.7 to 0.12. Each save of a chat is a new row in place of the old one, with the names that it had when it was first
 * seen: those of messages are newer.
 */
export class LiveStreams implements LiveTables {
  readonly kind = 'MaiBot 0.7 to 0.12, SQLite'
  readonly #rows: RowReader
  readonly #page: StatementSync
  readonly #last: StatementSync
  readonly #messages: MessageTail | undefined
  #lastChat: number

  constructor(file: { database: DatabaseSync; path: string }, place: TablesPlace | undefined) {
    const { database } = file
    const table = findTable(file, streamsForm(TABLE))
    this.#rows = new RowReader(database, table)
    this.#page = database.prepare(
      `SELECT ${selectionOf(table)} FROM ${TABLE} WHERE id > ? ORDER BY id LIMIT ${MAX_BATCH}`,
    )
    this.#page.setReadBigInts(true)
    this.#last = database.prepare(`SELECT max(id) AS last FROM ${TABLE}`)
    this.#messages = openMessages(file, MESSAGES, place?.messages ?? [])
    this.#lastChat = place?.chats ?? 0
  }

  get place(): TablesPlace {
    return { chats: this.#lastChat, messages: this.#messages?.marks ?? [] }
  }

  *news(isChanged: boolean): Generator<readonly SourceRow[]> {
    if (!isChanged) return
    yield* this.#chats()
    if (this.#messages) yield* messageNews(this.#messages, sight)
  }

  *#chats(): Generator<readonly SourceRow[]> {
    const [row] = this.#last.all()
    // Numbers begin anew once all chats were deleted.
    if (Number(row?.last ?? 0) < this.#lastChat) this.#lastChat = 0
    for (;;) {
      const rows = this.#page.all(this.#lastChat) as TableRow[]
      if (rows.length === 0) return
      this.#lastChat = Number(rows.at(-1)!.id)
      yield rows.map((each) => withOldNames(this.#rows.read(`${TABLE} row ${each.id}`, each)))
    }
  }
}

function withOldNames(row: SourceRow): SourceRow {
  return 'activity' in row ? { ...row, activity: { ...row.activity, names: 'fallback' } } : row
}

function sight(messages: readonly TableRow[], sightings: Sightings): void {
  for (const message of messages) {
    const fields = new Fields()
    const activity = readMessage(message, fields)
    // What of a message does not fit is no news of its chat.
    if (fields.fault === undefined) sightings.see(`messages row ${message.id}`, activity.streamId!, activity)
  }
}

/**
 * What a message says of its chat. The bot's own one has another author than the last message that it received there; its chat
 * is as it was then, with the names of when it was first seen.
 */
function readMessage(row: TableRow, fields: Fields): Activity {
  const platform = fields.requiredText('chat_info_platform', row.chat_info_platform)
  const userId = fields.text('chat_info_user_id', row.chat_info_user_id)
  const groupId = fields.text('chat_info_group_id', row.chat_info_group_id)
  const author = fields.text('user_id', row.user_id)
  const isOwn = Boolean(author) && Boolean(userId) && author !== userId
  const receivedTime = optionalSeconds(row.chat_info_last_active_time)
  const sentTime = fields.seconds('time', row.time)
  return {
    streamId: fields.requiredText('chat_info_stream_id', row.chat_info_stream_id),
    platform,
    userInfo: userId
      ? {
          platform: fields.text('chat_info_user_platform', row.chat_info_user_platform) || platform,
          userId,
          userNickname: fields.text('chat_info_user_nickname', row.chat_info_user_nickname),
          userCardname: fields.text('chat_info_user_cardname', row.chat_info_user_cardname),
        }
      : undefined,
    groupInfo: groupId
      ? {
          platform: fields.text('chat_info_group_platform', row.chat_info_group_platform) || platform,
          groupId,
          groupName: fields.text('chat_info_group_name', row.chat_info_group_name) || undefined,
        }
      : undefined,
    activeTime: isOwn ? (receivedTime ?? sentTime) : Math.max(receivedTime ?? sentTime, sentTime),
    era: 'before accounts',
    names: isOwn ? 'fallback' : 'newer',
  }
}

function optionalSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'bigint' ? Number(value) : value
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}
