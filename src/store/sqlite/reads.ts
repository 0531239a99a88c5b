import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { byRecency, type StreamType } from '../../domain/stream.ts'
import {
  comparePlaces,
  type Filter,
  type Place,
  type PlatformCount,
  type StoredStream,
  type TargetQuery,
} from '../store.ts'
import { STORED_NAMES, storedOf } from './rows.ts'
import { allRows, firstRow, returningArrays } from './statements.ts'

const TYPES: readonly StreamType[] = ['private', 'group', 'unknown']

/** What a store answers without its log. */
export class StreamReads {
  readonly #db: DatabaseSync
  readonly #begin: StatementSync
  readonly #end: StatementSync
  readonly #byId: StatementSync
  readonly #byGroup: StatementSync
  readonly #byUser: StatementSync
  readonly #all: StatementSync
  readonly #ofType: StatementSync
  readonly #ofPlatformAndType: StatementSync
  readonly #counts: StatementSync

  constructor(db: DatabaseSync) {
    const select = (rest: string) => returningArrays(db, `SELECT ${STORED_NAMES} FROM streams ${rest}`)
    const list = (condition: string) => select(`WHERE ${condition}position >= ? ORDER BY position LIMIT ?`)
    this.#db = db
    this.#begin = db.prepare('BEGIN')
    this.#end = db.prepare('COMMIT')
    this.#byId = select('WHERE stream_id = ?')
    this.#byGroup = select('WHERE group_id = ?')
    this.#byUser = select('WHERE user_id = ? AND group_id IS NULL')
    this.#all = list('')
    this.#ofType = list('type = ? AND ')
    this.#ofPlatformAndType = list('platform = ? AND type = ? AND ')
    this.#counts = returningArrays(db, 'SELECT platform, type, count(*) FROM streams GROUP BY platform, type')
  }

  /** All statements in `read` see one state: what was committed before the first of them. */
  inTransaction<T>(read: () => T): T {
    this.#begin.run()
    try {
      return read()
    } finally {
      if (this.#db.isTransaction) this.#end.run()
    }
  }

  get(streamIds: readonly string[]): (StoredStream | undefined)[] {
    return streamIds.map((streamId) => {
      const row = firstRow(this.#byId, streamId)
      return row && storedOf(row)
    })
  }

  find(queries: readonly TargetQuery[]): StoredStream[][] {
    return queries.map(({ target, platform }) =>
      allRows(target.kind === 'group' ? this.#byGroup : this.#byUser, target.id)
        .map((row) => storedOf(row))
        .filter(({ stream }) => platform === undefined || stream.platform === platform)
        .sort((a, b) => byRecency(a.stream, b.stream)),
    )
  }

  list(filter: Filter, after: Place | undefined, limit: number): StoredStream[] {
    // Positions are unique here, so only the first stream can be at the place itself, and its id decides.
    const streams = this.#listFrom(filter, after?.position ?? 0, after ? limit + 1 : limit)
    const [first] = streams
    if (after && first && comparePlaces(first, after) <= 0) streams.shift()
    return streams.slice(0, limit)
  }

  #listFrom({ platform, type }: Filter, position: number, limit: number): StoredStream[] {
    if (platform === undefined) {
      const rows =
        type === undefined ? allRows(this.#all, position, limit) : allRows(this.#ofType, type, position, limit)
      return rows.map((row) => storedOf(row))
    }
    // The index has the order of positions within a platform and type only; by platform alone SQLite would sort them all.
    return (type === undefined ? TYPES : [type])
      .flatMap((each) => allRows(this.#ofPlatformAndType, platform, each, position, limit))
      .map((row) => storedOf(row))
      .sort(comparePlaces)
  }

  count(): PlatformCount[] {
    return allRows(this.#counts).map((row) => {
      const [platform, type, count] = row as [string, StreamType, number]
      return { platform, type, count }
    })
  }
}
