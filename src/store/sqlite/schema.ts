import type { DatabaseSync } from 'node:sqlite'
import { STREAM_COLUMNS } from './rows.ts'
import { firstRow, returningArrays } from './statements.ts'

/** `ChAp` in ASCII, in the header of every file that is ours. */
export const APPLICATION_ID = 0x43684170

/** The version of the tables below, as `PRAGMA user_version`. */
export const SCHEMA_VERSION = 1

/**
 * `streams` is what is; `changes` is what was committed, in order, with the whole state after each change.
 *
 * Changes are numbered without gaps. The revision of a commit is the number of its last change, so a row whose `seq` is
 * its `revision` ends a commit, and a cursor reaches back far enough exactly when the change after it is still there.
 *
 * `head` is one row: the revision of the last commit, the position of the last stream ever created (so that positions of
 * deleted streams are not given again), and a random name of this store.
 */
const TABLES = `
  CREATE TABLE streams (
    position INTEGER PRIMARY KEY,
    ${STREAM_COLUMNS},
    type TEXT NOT NULL GENERATED ALWAYS AS (
      CASE WHEN group_id IS NOT NULL THEN 'group' WHEN user_id IS NOT NULL THEN 'private' ELSE 'unknown' END
    ) VIRTUAL
  ) STRICT;
  CREATE UNIQUE INDEX streams_by_id ON streams (stream_id);
  CREATE INDEX streams_by_group ON streams (group_id) WHERE group_id IS NOT NULL;
  CREATE INDEX streams_by_user ON streams (user_id) WHERE group_id IS NULL AND user_id IS NOT NULL;
  CREATE INDEX streams_by_platform ON streams (platform, type);

  CREATE TABLE changes (
    seq INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    position INTEGER, -- NULL: the stream was removed
    ${STREAM_COLUMNS}
  ) STRICT;

  CREATE TABLE head (revision INTEGER NOT NULL, position INTEGER NOT NULL, store_id TEXT NOT NULL) STRICT;
  INSERT INTO head VALUES (0, 0, lower(hex(randomblob(8))));
`

/**
 * Makes an empty database ours, or does nothing where another process was faster. In one transaction of the rollback
 * journal: the header of the file names us from its first byte on, so a crash leaves a file that is ours or empty.
 */
export function createSchema(db: DatabaseSync): void {
  db.exec('BEGIN EXCLUSIVE')
  try {
    if (schemaOf(db).applicationId === 0) {
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; ${TABLES}`)
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

function pragma(db: DatabaseSync, name: string): number {
  return firstRow(returningArrays(db, `PRAGMA ${name}`))?.[0] as number
}
