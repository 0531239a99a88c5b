import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { StoreUnusableError } from '../store.ts'
import { removal } from './failures.ts'
import { firstRow, returningArrays } from './statements.ts'

/** As many digits as a revision can have, so that each writing covers the one before. */
const REVISION_DIGITS = 16

const FILE_MODE = 0o644

/** Beside the database, as `-wal` is. */
export function acknowledgedPath(path: string): string {
  return `${path}-acknowledged`
}

/** A point in the history of a store. */
export interface Head {
  readonly storeId: string
  readonly revision: number
}

/**
 * The last commit that was acknowledged, in a file of its own. The head in the database cannot tell that commits are lost:
 * where a part of the `-wal` is gone, SQLite takes the rest for the whole, and the head goes back with the data.
 *
 * Without an fsync, which would double the cost of a commit: after a loss of power the file may say less than it should,
 * and never more.
 */
export class Acknowledged {
  readonly #file: number
  readonly #storeId: string

  constructor(path: string, storeId: string) {
    this.#file = openSync(acknowledgedPath(path), constants.O_RDWR | constants.O_CREAT, FILE_MODE)
    this.#storeId = storeId
  }

  /** Called when a commit is durable, before anybody hears of it. Where there is no room, the file goes on to say less. */
  write(revision: number): void {
    try {
      writeSync(this.#file, `${this.#storeId} ${String(revision).padStart(REVISION_DIGITS, '0')}\n`, 0)
    } catch {}
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** What was acknowledged last; undefined where no such file says so. */
export function readAcknowledged(path: string): Head | undefined {
  let text: string
  try {
    text = readFileSync(acknowledgedPath(path), 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new StoreUnusableError(`${acknowledgedPath(path)} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
  const [, storeId, revision] = /^([0-9a-f]{16}) ([0-9]{16})\n/.exec(text) ?? []
  return storeId === undefined ? undefined : { storeId, revision: Number(revision) }
}

/** Where the database ends. */
export function headOf(db: DatabaseSync): Head {
  const [storeId, revision] = firstRow(returningArrays(db, 'SELECT store_id, revision FROM head')) as [string, number]
  return { storeId, revision }
}

/** Throws where the database ends before what was acknowledged. */
export function refuseBehind(path: string, acknowledged: Head | undefined, head: Head): void {
  if (acknowledged?.storeId !== head.storeId || acknowledged.revision <= head.revision) return
  const lost = acknowledged.revision - head.revision
  throw new StoreUnusableError(
    `${path} has lost ${lost} changes that were acknowledged: it ends at revision ${head.revision} and was at ` +
      `${acknowledged.revision}. A part of it or of its -wal is gone, or an older copy was put in its place. Put the whole ` +
      `back; or, to go on from what is left: ${removal(acknowledgedPath(path))}`,
  )
}
