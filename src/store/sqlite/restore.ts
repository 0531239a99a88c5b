import { randomInt } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { type Restoration, type StoredStream, StoreUnusableError } from '../store.ts'
import { openConnections } from './connection.ts'
import { failureInUse } from './failures.ts'
import { KEEP_ALL } from './log-trimmer.ts'
import { firstRow, returningArrays } from './statements.ts'
import { CommitWriter, MAX_NONCE } from './writer.ts'

/** How long to wait for another process that writes. */
const LOCK_TIMEOUT_MS = 10_000

/** Revisions of other engines may be far larger, and count something else. */
const MAX_REVISION = 10n ** 15n

/**
 * Fills the database in a file, which is made where there is none, in one transaction. A server may have it open: it sees
 * another history, and loads anew.
 */
export async function restoreSqliteStore(path: string, { revision, batches }: Restoration): Promise<void> {
  const { writer, acknowledged, close } = openConnections(path)
  try {
    writer.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}; BEGIN IMMEDIATE`)
    const before = headOfEmpty(path, writer)
    const position = await fill(new CommitWriter(writer, KEEP_ALL), before.position, batches)
    // Larger than any that was told of this store, so that nobody takes an old state for a new one.
    const restored = revision < MAX_REVISION ? Math.max(before.revision, Number(revision)) + 1 : before.revision + 1
    writer.exec('DELETE FROM changes; DELETE FROM tombstones; DELETE FROM tombstone_keys; DELETE FROM followed')
    writer
      .prepare('UPDATE head SET revision = ?, position = ?, nonce = ?, incarnation = lower(hex(randomblob(8)))')
      .run(restored, position, randomInt(MAX_NONCE))
    writer.exec('COMMIT')
    acknowledged.write(restored)
  } catch (error) {
    if (writer.isTransaction) writer.exec('ROLLBACK')
    throw failureInUse(path, error)
  } finally {
    close()
  }
}

function headOfEmpty(path: string, db: DatabaseSync): { revision: number; position: number } {
  const [streams] = firstRow(returningArrays(db, 'SELECT count(*) FROM streams')) as [number]
  if (streams > 0) {
    throw new StoreUnusableError(`${path} has ${streams} streams; a backup is restored into an empty store only`)
  }
  const [revision, position] = firstRow(returningArrays(db, 'SELECT revision, position FROM head')) as [number, number]
  return { revision, position }
}

/** Returns the last position that was given. */
async function fill(
  writer: CommitWriter,
  lastGiven: number,
  batches: AsyncIterable<readonly StoredStream[]>,
): Promise<number> {
  let last = 0
  for await (const batch of batches) {
    for (const stored of batch) {
      // Elsewhere streams may share one.
      last = Math.max(stored.position, last + 1)
      writer.place({ ...stored, position: last })
    }
  }
  return Math.max(last, lastGiven)
}
