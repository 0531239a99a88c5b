import type { DatabaseSync } from 'node:sqlite'
import { MIGRATIONS } from './migrations.ts'
import { firstRow, returningArrays } from './statements.ts'

/** `ChAp` in ASCII, in the header of every file that is ours. */
export const APPLICATION_ID = 0x43684170

/**
 * The version of the tables, as `PRAGMA user_version`.
 *
 * `streams` is what is, and `aliases` and `merged_targets` which further ids and targets lead where; `tombstones` is what is
 * remembered of deleted streams, and `tombstone_keys` by what it is found; `changes` is what was committed, in order, with
 * the whole state before and after each change.
 *
 * Changes are numbered without gaps. The revision of a commit is the number of its last change, so a row whose `seq` is
 * its `revision` ends a commit, and a cursor reaches back far enough exactly when the change before it is still there, which
 * also has the nonce of its commit.
 *
 * `lease` is one row or none: who follows bots into this store; `followed` has how far, for each source.
 *
 * `head` is one row: the revision and the nonce of the last commit, the position of the last stream ever created (so that
 * positions of deleted streams are not given again), a random name of this store, and one of its history: a backup that
 * is put in its place is the same store with another incarnation.
 */
export const SCHEMA_VERSION = MIGRATIONS.length

/**
 * Makes an empty database ours, and takes one of ours to the present version; does nothing where another process was
 * faster. In one transaction: the header of a new file names us from its first byte on, so a crash leaves a file that is
 * ours or empty, and of an older version or of this one.
 */
export function migrate(db: DatabaseSync): void {
  db.exec('BEGIN EXCLUSIVE')
  try {
    const { version } = schemaOf(db)
    for (const step of MIGRATIONS.slice(version)) db.exec(step)
    if (version < SCHEMA_VERSION) {
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
    }
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

export function schemaOf(db: DatabaseSync): { applicationId: number; version: number } {
  return { applicationId: pragma(db, 'application_id'), version: pragma(db, 'user_version') }
}

/** A setting or measure of the database that is a number. */
export function pragma(db: DatabaseSync, name: string): number {
  return firstRow(returningArrays(db, `PRAGMA ${name}`))?.[0] as number
}
