import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { etagOf } from '../../domain/etag.ts'
import { ConflictError, type Mutation } from '../store.ts'
import { ROW_ASSIGNMENTS, ROW_NAMES, ROW_PARAMETERS, rowOf, STORED_NAMES, storedOf } from './rows.ts'
import { firstRow, type Row, returningArrays } from './statements.ts'

/** Changes deleted from the log at once, at the least: to delete the oldest one with each new one costs a page write more. */
const TRIMMED_CHANGES = 1_000

/** Writes commits into the tables, inside a transaction that its caller holds. */
export class CommitWriter {
  readonly #logLimit: number
  readonly #readHead: StatementSync
  readonly #writeHead: StatementSync
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #delete: StatementSync
  readonly #log: StatementSync
  readonly #logRemoval: StatementSync
  readonly #firstLogged: StatementSync
  readonly #trim: StatementSync
  #revision = 0
  #position = 0

  constructor(db: DatabaseSync, logLimit: number) {
    this.#logLimit = logLimit
    this.#readHead = returningArrays(db, 'SELECT revision, position FROM head')
    this.#writeHead = db.prepare('UPDATE head SET revision = ?, position = ?')
    this.#find = returningArrays(db, `SELECT ${STORED_NAMES} FROM streams WHERE stream_id = ?`)
    this.#insert = db.prepare(`INSERT INTO streams (position, ${ROW_NAMES}) VALUES (?, ${ROW_PARAMETERS})`)
    this.#update = db.prepare(`UPDATE streams SET ${ROW_ASSIGNMENTS} WHERE position = ?`)
    this.#delete = db.prepare('DELETE FROM streams WHERE position = ?')
    this.#log = db.prepare(
      `INSERT INTO changes (seq, revision, position, ${ROW_NAMES}) VALUES (?, ?, ?, ${ROW_PARAMETERS})`,
    )
    this.#logRemoval = db.prepare('INSERT INTO changes (seq, revision, stream_id) VALUES (?, ?, ?)')
    this.#firstLogged = returningArrays(db, 'SELECT min(seq) FROM changes')
    this.#trim = db.prepare('DELETE FROM changes WHERE seq <= ?')
  }

  /** Reads where the last transaction, of whatever process, left off. */
  begin(): void {
    const [revision, position] = firstRow(this.#readHead) as [number, number]
    this.#revision = revision
    this.#position = position
  }

  /** Applies one commit and returns its revision. Throws a ConflictError before it has written anything. */
  apply(mutations: readonly Mutation[]): bigint {
    const positions = this.#positionsOf(mutations)
    let seq = this.#revision
    const revision = seq + mutations.length
    for (const [i, mutation] of mutations.entries()) {
      this.#write(mutation, positions[i], ++seq, revision)
    }
    this.#revision = revision
    return BigInt(revision)
  }

  /** Records where this transaction leaves off. */
  end(): void {
    this.#writeHead.run(this.#revision, this.#position)
    const first = firstRow(this.#firstLogged)?.[0]
    const surplus = this.#revision - this.#logLimit
    if (typeof first === 'number' && surplus - first + 1 >= Math.min(TRIMMED_CHANGES, this.#logLimit)) {
      this.#trim.run(surplus)
    }
  }

  /** Where each mutated stream is; undefined for one that is to be created. */
  #positionsOf(mutations: readonly Mutation[]): (number | undefined)[] {
    const conflicts: string[] = []
    const positions = mutations.map((mutation) => {
      const streamId = mutation.kind === 'put' ? mutation.stream.streamId : mutation.streamId
      const row = firstRow(this.#find, streamId)
      if (mutation.expect !== etagOfRow(row)) conflicts.push(streamId)
      return row?.[0] as number | undefined
    })
    if (conflicts.length > 0) throw new ConflictError(conflicts)
    return positions
  }

  #write(mutation: Mutation, position: number | undefined, seq: number, revision: number): void {
    if (mutation.kind === 'delete') {
      this.#delete.run(position as number)
      this.#logRemoval.run(seq, revision, mutation.streamId)
      return
    }
    const row = rowOf(mutation.stream)
    if (position === undefined) this.#insert.run(++this.#position, ...row)
    else this.#update.run(...row.slice(1), position)
    this.#log.run(seq, revision, position ?? this.#position, ...row)
  }
}

function etagOfRow(row: Row | undefined): string | null {
  return row === undefined ? null : etagOf(storedOf(row).stream)
}
