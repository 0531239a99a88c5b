import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  type Filterable,
  filterable,
  isByPlatformAndType,
  predicateOf,
  type StreamFilter,
} from '../../domain/filter.ts'
import { isLedTo } from '../../domain/identity.ts'
import { comparePlaces, type Place } from '../../domain/place.ts'
import { type PlatformCount, PlatformCounts } from '../../domain/platform-counts.ts'
import { byRecency, type StreamType, streamType } from '../../domain/stream.ts'
import type { StoredStream, TargetQuery } from '../store.ts'
import { STORED_NAMES, storedOf } from './rows.ts'
import { allRows, firstRow, returningArrays } from './statements.ts'

/** Streams decoded at once while a filter is looked for. */
const STREAMS_PER_READ = 1_000

const TYPES: readonly StreamType[] = ['private', 'group', 'unknown']

/** What a store answers without its log. */
export class StreamReads {
  readonly #db: DatabaseSync
  readonly #begin: StatementSync
  readonly #end: StatementSync
  readonly #byId: StatementSync
  readonly #byAlias: StatementSync
  readonly #byGroup: StatementSync
  readonly #byUser: StatementSync
  readonly #byMerged: StatementSync
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
    this.#byAlias = select('WHERE position = (SELECT min(position) FROM aliases WHERE alias_id = ?)')
    this.#byGroup = select('WHERE group_id = ?')
    this.#byUser = select('WHERE user_id = ? AND group_id IS NULL')
    this.#byMerged = select('WHERE position IN (SELECT position FROM merged_targets WHERE kind = ? AND id = ?)')
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
      const row = firstRow(this.#byId, streamId) ?? firstRow(this.#byAlias, streamId)
      return row && storedOf(row)
    })
  }

  find(queries: readonly TargetQuery[]): StoredStream[][] {
    return queries.map(({ target, platform }) => {
      const own = allRows(target.kind === 'group' ? this.#byGroup : this.#byUser, target.id)
      const merged = allRows(this.#byMerged, target.kind, target.id)
      const byPosition = new Map([...own, ...merged].map((row) => [row[0], row]))
      return [...byPosition.values()]
        .map((row) => storedOf(row))
        .filter(({ stream }) => isLedTo(stream, target, platform))
        .sort((a, b) => byRecency(a.stream, b.stream))
    })
  }

  list(filter: StreamFilter, after: Place | undefined, limit: number): StoredStream[] {
    const listed: StoredStream[] = []
    if (limit < 1) return listed
    const isMatch = predicateOf(filter)
    for (const stored of this.#walk(filter, after, limit)) {
      if (isMatch(filterable(stored.stream)) && listed.push(stored) === limit) break
    }
    return listed
  }

  count(filter: StreamFilter): PlatformCount[] {
    const isMatch = predicateOf(filter)
    if (isByPlatformAndType(filter)) {
      const counts = allRows(this.#counts) as unknown as [string, StreamType, number][]
      return counts
        .filter(([platform, type]) => isMatch({ platform, type } as Filterable))
        .map(([platform, type, count]) => ({ platform, type, count }))
    }
    const counts = new PlatformCounts()
    for (const { stream } of this.#walk(filter, undefined, STREAMS_PER_READ)) {
      if (isMatch(filterable(stream))) counts.add(stream.platform, streamType(stream), 1)
    }
    return counts.all()
  }

  /** The streams from behind a place on, of the platforms and types of the filter: what else it asks for is not looked at. */
  *#walk(filter: StreamFilter, after: Place | undefined, wanted: number): Generator<StoredStream> {
    // Positions are unique here, so only the first stream can be at the place itself, and its id decides.
    const atOnce = Math.min(wanted + 1, STREAMS_PER_READ)
    for (let position = after?.position ?? 0; ; ) {
      const streams = this.#listFrom(filter, position, atOnce)
      for (const stored of streams) if (!after || comparePlaces(stored, after) > 0) yield stored
      if (streams.length < atOnce) return
      position = streams.at(-1)!.position + 1
    }
  }

  #listFrom({ platforms, types }: StreamFilter, position: number, limit: number): StoredStream[] {
    if (!platforms && !types) return allRows(this.#all, position, limit).map((row) => storedOf(row))
    // The index has the order of positions within a platform and type only; by platform alone SQLite would sort them all.
    const wanted = [...new Set(types ?? TYPES)]
    const rows = platforms
      ? [...new Set(platforms)].flatMap((platform) =>
          wanted.flatMap((type) => allRows(this.#ofPlatformAndType, platform, type, position, limit)),
        )
      : wanted.flatMap((type) => allRows(this.#ofType, type, position, limit))
    return rows
      .map((row) => storedOf(row))
      .sort(comparePlaces)
      .slice(0, limit)
  }
}
