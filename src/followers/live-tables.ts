import type { DatabaseSync } from 'node:sqlite'
import { SourceError, type SourceRow } from '../importers/source.ts'
import { columnsOf, type TableRow } from '../importers/sqlite-table.ts'
import { type Mark, MessageTail } from './message-tail.ts'
import { Sightings } from './sightings.ts'

/** How far the tables of a bot have been read. */
export interface TablesPlace {
  /** The number of the last chat. */
  readonly chats: number
  /** The last messages, oldest first. */
  readonly messages: readonly Mark[]
}

/** The tables of a bot in one database: that of its chats, the source of what they are, and that of messages, of what is new. */
export interface LiveTables {
  /** What the version of the bot is, in words. */
  readonly kind: string
  /** How far they have been read, as of the last batch that was taken. */
  readonly place: TablesPlace
  /**
   * What has come since, in batches, each of which leaves no statement unfinished.
   *
   * @param isChanged whether something was committed since the last call
   */
  news(isChanged: boolean): Iterable<readonly SourceRow[]>
}

/** The table of messages, and what of it is needed and of use. */
export interface MessageForm {
  readonly table: string
  readonly columns: readonly string[]
  readonly optionalColumns: readonly string[]
}

/** Opens the table of messages; undefined where there is none. Throws `SourceError` where it is not that of a bot. */
export function openMessages(
  { database, path }: { database: DatabaseSync; path: string },
  { table, columns, optionalColumns }: MessageForm,
  marks: readonly Mark[],
): MessageTail | undefined {
  const names = columnsOf(database, table)
  if (names.length === 0) return undefined
  const missing = ['id', 'message_id', ...columns].filter((column) => !names.includes(column))
  if (missing.length > 0) {
    throw new SourceError(`the table ${table} of ${path} lacks ${missing.join(', ')}; this version cannot follow it`)
  }
  const present = optionalColumns.filter((column) => names.includes(column))
  return new MessageTail(database, table, [...columns, ...present], marks)
}

/**
 * What new messages say, in batches. Where reading begins, that is what the last ones of each chat say together: what was before
 * is no news.
 *
 * @param sight adds what messages say
 */
export function* messageNews(
  tail: MessageTail,
  sight: (messages: readonly TableRow[], sightings: Sightings) => void,
): Generator<readonly SourceRow[]> {
  const isResumed = tail.resume()
  let rows = tail.next(isResumed ? undefined : tail.begin())
  let sightings = new Sightings()
  while (rows.length > 0) {
    sight(rows, sightings)
    if (isResumed) {
      yield sightings.rows()
      sightings = new Sightings()
    }
    rows = tail.next()
  }
  if (!isResumed) yield sightings.rows()
}
