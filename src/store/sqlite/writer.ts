import { randomInt } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { etagOf } from '../../domain/etag.ts'
import { formerTarget } from '../../domain/identity.ts'
import type { FormerChat, Stream } from '../../domain/stream.ts'
import { tombstoneOf } from '../../domain/tombstone.ts'
import { ConflictError, type Mutation, type StoredStream } from '../store.ts'
import { type LogRetention, LogTrimmer } from './log-trimmer.ts'
import {
  aliasIdsOf,
  differences,
  isIndexed,
  mergedChatsOf,
  PLAIN_ASSIGNMENTS,
  PLAIN_COLUMNS,
  ROW_ASSIGNMENTS,
  ROW_NAMES,
  ROW_PARAMETERS,
  rowOf,
  STORED_NAMES,
  storedOf,
  wholeRow,
} from './rows.ts'
import { firstRow, type Row, returningArrays } from './statements.ts'
import { TombstoneWrites } from './tombstones.ts'

/** What a change takes besides its texts: numbers, and the record around it. */
const CHANGE_BYTES = 100

/** Nonces are below this; so many fit a cursor and a number. */
export const MAX_NONCE = 2 ** 47

/** What all changes of a commit have in common. */
interface Commit {
  readonly revision: number
  readonly nonce: number
  readonly time: number
  readonly principal: string | null
}

/** The first columns of a change: its number, and what it has in common with the others of its commit. */
type Stamp = readonly [seq: number, revision: number, nonce: number, time: number, principal: string | null]

/** Writes commits into the tables, inside a transaction that its caller holds. */
export class CommitWriter {
  readonly #readHead: StatementSync
  readonly #writeHead: StatementSync
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #updatePlain: StatementSync
  readonly #delete: StatementSync
  readonly #insertAlias: StatementSync
  readonly #deleteAlias: StatementSync
  readonly #insertMerged: StatementSync
  readonly #deleteMerged: StatementSync
  readonly #tombstones: TombstoneWrites
  readonly #log: StatementSync
  readonly #logRemoval: StatementSync
  readonly #readWritten: StatementSync
  readonly #trimmer: LogTrimmer
  #revision = 0
  #position = 0
  #nonce = 0
  /** Bytes of all changes, of those that are deleted as well. */
  #written = 0

  constructor(db: DatabaseSync, retention: LogRetention) {
    this.#trimmer = new LogTrimmer(db, retention)
    this.#readHead = returningArrays(db, 'SELECT revision, position, nonce FROM head')
    this.#writeHead = db.prepare('UPDATE head SET revision = ?, position = ?, nonce = ?')
    this.#find = returningArrays(db, `SELECT ${STORED_NAMES} FROM streams WHERE stream_id = ?`)
    this.#insert = db.prepare(`INSERT INTO streams (position, ${ROW_NAMES}) VALUES (?, ${ROW_PARAMETERS})`)
    this.#update = db.prepare(`UPDATE streams SET ${ROW_ASSIGNMENTS} WHERE position = ?`)
    this.#updatePlain = db.prepare(`UPDATE streams SET ${PLAIN_ASSIGNMENTS} WHERE position = ?`)
    this.#delete = db.prepare('DELETE FROM streams WHERE position = ?')
    this.#insertAlias = db.prepare('INSERT OR IGNORE INTO aliases (alias_id, position) VALUES (?, ?)')
    this.#deleteAlias = db.prepare('DELETE FROM aliases WHERE alias_id = ? AND position = ?')
    this.#insertMerged = db.prepare('INSERT OR IGNORE INTO merged_targets (kind, id, position) VALUES (?, ?, ?)')
    this.#deleteMerged = db.prepare('DELETE FROM merged_targets WHERE kind = ? AND id = ? AND position = ?')
    this.#tombstones = new TombstoneWrites(db)
    const log = (columns: string, values: string) =>
      db.prepare(
        `INSERT INTO changes (seq, revision, nonce, commit_time, principal, kind, before, written, ${columns})
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${values})`,
      )
    this.#log = log(`position, ${ROW_NAMES}`, `?, ${ROW_PARAMETERS}`)
    this.#logRemoval = log('stream_id, merged_into, delete_time', '?, ?, ?')
    this.#readWritten = returningArrays(db, 'SELECT coalesce(written, 0) FROM changes ORDER BY seq DESC LIMIT 1')
  }

  /** Reads where the last transaction, of whatever process, left off. */
  begin(): void {
    const [revision, position, nonce] = firstRow(this.#readHead) as [number, number, number]
    this.#revision = revision
    this.#position = position
    this.#nonce = nonce
    this.#written = (firstRow(this.#readWritten)?.[0] as number | undefined) ?? 0
  }

  /** Applies one commit and returns its revision. Throws a ConflictError before it has written anything. */
  apply(mutations: readonly Mutation[], principal: string | undefined): bigint {
    const rows = this.#rowsOf(mutations)
    let seq = this.#revision
    const commit = {
      revision: seq + mutations.length,
      nonce: randomInt(MAX_NONCE),
      time: Date.now() / 1_000,
      principal: principal ?? null,
    }
    for (const [i, mutation] of mutations.entries()) this.#write(mutation, rows[i], ++seq, commit)
    this.#revision = commit.revision
    this.#nonce = commit.nonce
    return BigInt(commit.revision)
  }

  /** Writes a stream that is restored, past the log. */
  place({ position, stream }: StoredStream): void {
    this.#insert.run(position, ...rowOf(stream))
    this.#setAliases(position, undefined, stream.aliasIds)
    this.#setMergedChats(position, undefined, stream.mergedChats)
  }

  /** Records where this transaction leaves off. */
  end(): void {
    this.#writeHead.run(this.#revision, this.#position, this.#nonce)
  }

  /** Deletes what the log need not keep, once the transaction is committed. */
  trimLog(): void {
    this.#trimmer.trim(this.#revision)
  }

  /** The row of each mutated stream; undefined for one that is to be created. */
  #rowsOf(mutations: readonly Mutation[]): (Row | undefined)[] {
    const conflicts: string[] = []
    const rows = mutations.map((mutation) => {
      const streamId = mutation.kind === 'put' ? mutation.stream.streamId : mutation.streamId
      const row = firstRow(this.#find, streamId)
      if (mutation.expect !== etagOfRow(row)) conflicts.push(streamId)
      return row
    })
    if (conflicts.length > 0) throw new ConflictError(conflicts)
    return rows
  }

  #write(mutation: Mutation, before: Row | undefined, seq: number, commit: Commit): void {
    const stamp = [seq, commit.revision, commit.nonce, commit.time, commit.principal] as const
    if (mutation.kind !== 'put') this.#remove(mutation, before!, stamp)
    else if (before === undefined) this.#create(mutation.stream, stamp)
    else this.#change(mutation.stream, before, stamp)
  }

  #create(stream: Stream, stamp: Stamp): void {
    const row = rowOf(stream)
    this.#insert.run(++this.#position, ...row)
    this.#setAliases(this.#position, undefined, stream.aliasIds)
    this.#setMergedChats(this.#position, undefined, stream.mergedChats)
    this.#tombstones.delete(stream.streamId)
    this.#log.run(...stamp, 'opened', null, this.#grown(row), this.#position, ...row)
  }

  #change(stream: Stream, before: Row, stamp: Stamp): void {
    const row = rowOf(stream)
    const position = before[0] as number
    const changed = differences(before, row)
    if (isIndexed(changed)) this.#update.run(...row.slice(1), position)
    else this.#updatePlain.run(...PLAIN_COLUMNS.map((column) => row[column]!), position)
    this.#setAliases(position, before, stream.aliasIds)
    this.#setMergedChats(position, before, stream.mergedChats)
    const changes = JSON.stringify(changed)
    this.#log.run(...stamp, 'updated', changes, this.#grown([changes, ...row]), position, ...row)
  }

  #remove(mutation: Exclude<Mutation, { kind: 'put' }>, before: Row, stamp: Stamp): void {
    const { streamId } = mutation
    const position = before[0] as number
    this.#delete.run(position)
    this.#setAliases(position, before, [])
    this.#setMergedChats(position, before, [])
    const whole = wholeRow(before)
    const written = this.#grown([whole])
    if (mutation.kind === 'merge') {
      this.#logRemoval.run(...stamp, 'merged', whole, written, streamId, mutation.mergedInto, null)
    } else {
      this.#tombstones.put(tombstoneOf(storedOf(before).stream, mutation.deleteTime))
      this.#logRemoval.run(...stamp, 'deleted', whole, written, streamId, null, mutation.deleteTime)
    }
  }

  /** The bytes of all changes with one more, of these values. */
  #grown(values: readonly unknown[]): number {
    let bytes = CHANGE_BYTES
    for (const value of values) if (typeof value === 'string') bytes += Buffer.byteLength(value)
    this.#written += bytes
    return this.#written
  }

  /** Not by triggers, which cost as much again as the row itself, also where there are no aliases. */
  #setAliases(position: number, before: Row | undefined, aliasIds: readonly string[]): void {
    const old = before === undefined ? [] : aliasIdsOf(before)
    for (const aliasId of old) if (!aliasIds.includes(aliasId)) this.#deleteAlias.run(aliasId, position)
    for (const aliasId of aliasIds) if (!old.includes(aliasId)) this.#insertAlias.run(aliasId, position)
  }

  #setMergedChats(position: number, before: Row | undefined, chats: readonly FormerChat[] = []): void {
    const old = before === undefined ? undefined : mergedChatsOf(before)
    for (const target of (old ?? []).map(formerTarget)) {
      if (target) this.#deleteMerged.run(target.kind, target.id, position)
    }
    for (const target of chats.map(formerTarget)) {
      if (target) this.#insertMerged.run(target.kind, target.id, position)
    }
  }
}

function etagOfRow(row: Row | undefined): string | null {
  return row === undefined ? null : etagOf(storedOf(row).stream)
}
