import { StoreUnavailableError, StoreUnusableError } from '../store.ts'

/** Primary result codes of SQLite, https://sqlite.org/rescode.html. */
export const SQLITE_BUSY = 5

/** What a failure of the place, not of a statement, means, and what to do about it. */
const ADVICE: Readonly<Record<number, string>> = {
  5: 'another process keeps the database locked; if none should be writing, look for one that hangs',
  7: 'memory ran out',
  8: 'the database cannot be written; check the permissions of the file and of its folder',
  10: 'reading or writing the disk failed; check the disk and the system log',
  11: 'the database is damaged; restore a backup, or import into a new file',
  13: 'the disk is full; free some space',
  14: 'the database or a file beside it cannot be opened; check that the folder exists and its permissions',
  15: 'the locks of the database do not work; it may lie on a network file system',
  26: 'the file is no SQLite database',
}

/** The primary result code, or undefined where the error is not of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

/** A failure while the store is in use. Errors in our own statements pass unchanged: they are bugs. */
export function failureInUse(path: string, error: unknown): unknown {
  const advice = adviceFor(error)
  return advice ? new StoreUnavailableError(messageFor(path, advice, error), { cause: error, summary: advice }) : error
}

/** A failure while the store is opened. A lock passes; anything else of the place stays. */
export function failureAtOpening(path: string, error: unknown): unknown {
  if (sqliteCode(error) === SQLITE_BUSY) return failureInUse(path, error)
  const advice = adviceFor(error)
  return advice ? new StoreUnusableError(messageFor(path, advice, error), { cause: error }) : error
}

/** The file was removed, or another was put in its place: what is written to it would be lost. */
export function fileReplaced(path: string): StoreUnavailableError {
  const what = 'was removed or replaced while it was open'
  return new StoreUnavailableError(`${path} ${what}; nothing is written, start again`, {
    summary: `the database file ${what}`,
  })
}

function adviceFor(error: unknown): string | undefined {
  const code = sqliteCode(error)
  return code === undefined ? undefined : ADVICE[code]
}

function messageFor(path: string, advice: string, error: unknown): string {
  return `${path}: ${advice} (SQLite: ${error instanceof Error ? error.message : error})`
}
