import { hash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Activity } from '../directory/activity.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import { sessionsForm } from '../importers/maibot-sessions.ts'
import type { SourceRow } from '../importers/source.ts'
import { columnsOf, findTable, RowReader, selectionOf, type TableRow } from '../importers/sqlite-table.ts'
import { type LiveTables, type MessageForm, messageNews, openMessages, type TablesPlace } from './live-tables.ts'
import type { MessageTail } from './message-tail.ts'
import { readSessionMessage } from './session-messages.ts'
import type { Sightings } from './sightings.ts'

const TABLE = 'chat_sessions'

const MESSAGES: MessageForm = {
  table: 'mai_messages',
  columns: ['session_id', 'timestamp', 'user_id'],
  optionalColumns: [
    'platform',
    'user_nickname',
    'user_cardname',
    'group_id',
    'group_name',
    'account_id',
    'received_at',
  ],
}

/** Between two looks through all chats: of what changes there at once, messages tell sooner. */
const PASS_INTERVAL_MS = 10_000

export interface SessionsOptions {
  readonly timeZone: string
  /** `PRAGMA user_version`. */
  readonly version: number
  readonly passIntervalMs?: number
}

/** MaiBot 1.x. The rows of its chats stay and change, so all of them are compared with what they were. */
export class LiveSessions implements LiveTables {
  readonly kind: string
  readonly #options: SessionsOptions
  readonly #rows: RowReader
  readonly #page: StatementSync
  readonly #byRow: StatementSync
  readonly #bySession: StatementSync
  readonly #messages: MessageTail | undefined
  readonly #ownAccounts: StatementSync | undefined
  /** What each row was, by its number. */
  #digests = new Map<number, Digest>()
  /** How many rows there are of each group or user. */
  #counts = new Map<string, number>()
  #lastChat = 0
  #passedAt = Number.NEGATIVE_INFINITY
  #isPassDue = true

  constructor(
    file: { database: DatabaseSync; path: string },
    place: TablesPlace | undefined,
    options: SessionsOptions,
  ) {
    const { database } = file
    this.kind = `MaiBot 1.x, SQLite (schema ${options.version})`
    this.#options = options
    const table = findTable(file, sessionsForm(options.timeZone, options.version))
    const select = (condition: string) => {
      const statement = database.prepare(`SELECT ${selectionOf(table)} FROM ${TABLE} WHERE ${condition}`)
      statement.setReadBigInts(true)
      return statement
    }
    this.#rows = new RowReader(database, table)
    this.#page = select(`id > ? ORDER BY id LIMIT ${MAX_BATCH}`)
    this.#byRow = select('id IN (SELECT value FROM json_each(?)) ORDER BY id')
    this.#bySession = select('session_id IN (SELECT value FROM json_each(?))')
    this.#messages = openMessages(file, MESSAGES, place?.messages ?? [])
    const hasAccounts = columnsOf(database, 'bot_platform_accounts').includes('account_id')
    if (hasAccounts) this.#ownAccounts = database.prepare('SELECT account_id FROM bot_platform_accounts')
  }

  get place(): TablesPlace {
    return { chats: this.#lastChat, messages: this.#messages?.marks ?? [] }
  }

  *news(isChanged: boolean): Generator<readonly SourceRow[]> {
    if (isChanged) this.#isPassDue = true
    const isFirst = this.#passedAt === Number.NEGATIVE_INFINITY
    const { passIntervalMs = PASS_INTERVAL_MS } = this.#options
    if (this.#isPassDue && performance.now() - this.#passedAt >= passIntervalMs) yield* this.#pass(isFirst)
    if (!isChanged) return
    yield* this.#newChats()
    if (this.#messages) yield* messageNews(this.#messages, (messages, sightings) => this.#sight(messages, sightings))
  }

  /** Looks through all chats for those that are not what they were. */
  *#pass(isFirst: boolean): Generator<readonly SourceRow[]> {
    this.#isPassDue = false
    const before = this.#digests
    this.#digests = new Map()
    this.#counts = new Map()
    this.#lastChat = 0
    const changed = new Map<number, Activity['names']>()
    for (const row of this.#behindLast()) {
      const id = Number(row.id)
      const [old, now] = [before.get(id), this.#digests.get(id)!]
      // At first nothing tells which names are newer: those here, or those that are known.
      if (old?.all !== now.all) changed.set(id, isFirst ? undefined : old?.names === now.names ? 'fallback' : 'newer')
    }
    this.#passedAt = performance.now()
    const ids = [...changed.keys()]
    for (let i = 0; i < ids.length; i += MAX_BATCH) {
      const rows = this.#byRow.all(JSON.stringify(ids.slice(i, i + MAX_BATCH))) as TableRow[]
      yield rows.map((row) => this.#read(row, changed.get(Number(row.id))))
    }
  }

  *#newChats(): Generator<readonly SourceRow[]> {
    const rows = [...this.#behindLast()]
    for (let i = 0; i < rows.length; i += MAX_BATCH) {
      yield rows.slice(i, i + MAX_BATCH).map((row) => this.#read(row, 'newer'))
    }
  }

  /** The rows behind the last one, which are noted. */
  *#behindLast(): Generator<TableRow> {
    for (;;) {
      const rows = this.#page.all(this.#lastChat) as TableRow[]
      for (const row of rows) {
        const id = Number(row.id)
        this.#digests.set(id, digestOf(row))
        const chat = chatOf(row)
        this.#counts.set(chat, (this.#counts.get(chat) ?? 0) + 1)
        this.#lastChat = id
      }
      yield* rows
      if (rows.length < MAX_BATCH) return
    }
  }

  #read(row: TableRow, names: Activity['names']): SourceRow {
    const counted = { ...row, count_of_chat: BigInt(this.#counts.get(chatOf(row)) ?? 1) }
    const read = this.#rows.read(`${TABLE} row ${row.id}`, counted)
    return 'activity' in read ? { ...read, activity: { ...read.activity, names } } : read
  }

  #sight(messages: readonly TableRow[], sightings: Sightings): void {
    const sessionIds = JSON.stringify([...new Set(messages.map(({ session_id }) => String(session_id)))])
    const sessions = new Map<string, Activity>()
    for (const row of this.#bySession.all(sessionIds) as TableRow[]) {
      const session = this.#read(row, 'newer')
      if ('activity' in session) sessions.set(String(row.session_id), session.activity)
    }
    const ownAccounts = new Set(this.#ownAccounts?.all().map(({ account_id }) => String(account_id)))
    for (const message of messages) {
      const session = sessions.get(String(message.session_id))
      const activity = session && readSessionMessage(message, session, ownAccounts, this.#options.timeZone)
      if (activity) sightings.see(`mai_messages row ${message.id}`, activity.streamId!, activity)
    }
  }
}

/** Tells a row, and the names in it, from what they were. */
interface Digest {
  readonly all: string
  readonly names: string
}

function digestOf(row: TableRow): Digest {
  const digest = (values: readonly unknown[]) => hash('sha1', values.map(String).join('\0'), 'base64')
  return { all: digest(Object.values(row)), names: digest([row.user_nickname, row.user_cardname, row.group_name]) }
}

function chatOf({ platform, group_id, user_id }: TableRow): string {
  return JSON.stringify(group_id ? [platform, 'group', String(group_id)] : [platform, 'private', String(user_id)])
}
