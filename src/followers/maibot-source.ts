import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { StoreLocation } from '../config/store-url.ts'
import { SourceError } from '../importers/source.ts'
import { explainSqliteError, isSameFile } from '../importers/sqlite-file.ts'
import { columnsOf } from '../importers/sqlite-table.ts'
import { APPLICATION_ID, schemaOf } from '../store/sqlite/schema.ts'
import { LiveDatabase, type Look } from './live-database.ts'
import { LiveSessions } from './live-sessions.ts'
import { LiveStreams } from './live-streams.ts'
import type { LiveTables, TablesPlace } from './live-tables.ts'
import { type FollowedSource, type Found, SourceAwayError } from './source.ts'

/** How often to look for commits of the bot: a look takes some 50 µs, and the bot does not notice. */
const LOOK_INTERVAL_MS = 1_000

const SQLITE_BUSY = 5

export interface MaibotSourceOptions {
  /** The zone in which 1.x writes its times. */
  readonly timeZone: string
  readonly lookIntervalMs?: number
  readonly passIntervalMs?: number
  /** Told what is followed, whenever that is another version of the bot than before. */
  readonly onKind?: (kind: string) => void
}

/** A place in the database of a bot. Another file, or tables of another version, begin anew. */
interface Place extends TablesPlace {
  readonly file: string
  readonly era: Era
}

/** Before and since the version in which all tables of the bot were made anew. */
type Era = '0' | '1'

/** The database of a MaiBot 0.7 to 1.x, which may be running, stopped, upgraded, or put back from a backup. */
export class MaibotSource implements FollowedSource {
  readonly name: string
  readonly #options: MaibotSourceOptions

  /** @param path of the file, which need not be there yet */
  constructor(path: string, options: MaibotSourceOptions) {
    this.name = path
    this.#options = options
  }

  /** Throws where the store is in the same file. */
  async refuseStore(store: StoreLocation): Promise<void> {
    const isStore = await isSameFile(this.name, store).catch(() => false)
    if (isStore) throw new SourceError(`${this.name} is the store itself; name the database of a bot`)
  }

  async check(): Promise<void> {
    const database = new LiveDatabase(this.name)
    try {
      const look = await database.look(new AbortController().signal)
      this.#open(look, undefined)
    } catch (error) {
      if (!(error instanceof SourceAwayError)) throw error
    } finally {
      await database.close()
    }
  }

  async *follow(text: string | undefined, signal: AbortSignal): AsyncGenerator<Found> {
    const database = new LiveDatabase(this.name)
    let place = text === undefined ? undefined : (JSON.parse(text) as Place)
    let opened: { era: Era; schema: string; tables: LiveTables } | undefined
    try {
      for (;;) {
        signal.throwIfAborted()
        const look = await database.look(signal)
        if (look.isNew) opened = undefined
        if (look.isChanged && opened?.schema !== schemaText(look.database)) {
          opened = this.#open(look, place)
          this.#options.onKind?.(opened.tables.kind)
        }
        const { era, tables } = opened!
        for (const rows of tables.news(look.isChanged)) {
          place = { file: look.file, era, ...tables.place }
          yield { rows, place: JSON.stringify(place) }
        }
        await delay(this.#options.lookIntervalMs ?? LOOK_INTERVAL_MS, undefined, { signal })
      }
    } catch (error) {
      signal.throwIfAborted()
      throw explained(this.name, error)
    } finally {
      await database.close()
    }
  }

  async close(): Promise<void> {}

  #open({ database, file }: Look, place: Place | undefined): { era: Era; schema: string; tables: LiveTables } {
    const schema = schemaText(database)
    const { applicationId, version } = schemaOf(database)
    const path = this.name
    if (applicationId === APPLICATION_ID) throw new SourceError(`${path} is a store of chatapi; name that of a bot`)
    const placeIn = (era: Era) => (place?.file === file && place.era === era ? place : undefined)
    if (columnsOf(database, 'chat_sessions').length > 0) {
      const tables = new LiveSessions({ database, path }, placeIn('1'), { ...this.#options, version })
      return { era: '1', schema, tables }
    }
    if (columnsOf(database, 'chat_streams').length > 0) {
      return { era: '0', schema, tables: new LiveStreams({ database, path }, placeIn('0')) }
    }
    throw new SourceError(`${path} has no table chat_streams or chat_sessions, so it is no database of a MaiBot`)
  }
}

/** Another one where the bot was upgraded, or changed its tables. */
function schemaText(database: DatabaseSync): string {
  const [version] = database.prepare('PRAGMA user_version').all()
  const [schema] = database.prepare('PRAGMA schema_version').all()
  return `${version?.user_version} ${schema?.schema_version}`
}

function explained(path: string, error: unknown): unknown {
  if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) {
    return new SourceAwayError(`${path} is locked by another process`, { cause: error })
  }
  return explainSqliteError(path, error)
}
