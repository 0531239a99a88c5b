import { StoreDamagedError, StoreUnavailableError, StoreUnusableError } from '../store.ts'

/** Primary result codes of SQLite, https://sqlite.org/rescode.html. */
export const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26
/** An extended code: the disk says that what it holds cannot be read. */
const SQLITE_IOERR_CORRUPTFS = 8458

/** What a failure of the place, not of a statement, means, and what to do about it. */
const ADVICE: Readonly<Record<number, string>> = {
  5: 'another process keeps the database locked; if none should be writing, look for one that hangs',
  7: 'memory ran out',
  8: 'the database cannot be written; check the permissions of the file and of its folder',
  10: 'reading or writing the disk failed; check the disk and the system log',
  13: 'the disk is full; free some space',
  14: 'the database or a file beside it cannot be opened; check that the folder exists and its permissions',
  15: 'the locks of the database do not work; it may lie on a network file system',
}

/** The primary result code, or undefined where the error is not of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  const code = extendedCode(error)
  return code === undefined ? undefined : code & 0xff
}

function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

/** A failure while the store is in use. Errors in our own statements pass unchanged: they are bugs. */
export function failureInUse(path: string, error: unknown): unknown {
  if (isDamage(error)) return new StoreDamagedError(damageMessage(path, messageOf(error)), { cause: error })
  const advice = adviceFor(error)
  return advice ? new StoreUnavailableError(messageFor(path, advice, error), { cause: error, summary: advice }) : error
}

/** A failure while the store is opened. A lock passes; anything else of the place stays. */
export function failureAtOpening(path: string, error: unknown): unknown {
  if (sqliteCode(error) === SQLITE_BUSY) return failureInUse(path, error)
  if (isDamage(error)) return new StoreUnusableError(damageMessage(path, messageOf(error)), { cause: error })
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

/** In one line: that the database is damaged, how that shows, and what to do. */
export function damageMessage(path: string, found: string, wayOn = recovery(path)): string {
  return `${path} is damaged: ${found}. Stop what has it open and put a backup in its place; or, ${wayOn}`
}

/** The command that removes files, for people to copy. */
export function removal(...paths: readonly string[]): string {
  return [process.platform === 'win32' ? 'del' : 'rm', ...paths.map((path) => `"${path}"`)].join(' ')
}

function recovery(path: string): string {
  return `to go on from what is left: chatapi import "${path}" --store "sqlite:${path}.recovered"`
}

/** Also what is no JSON where nothing but JSON was written. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error)
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return true
  return extendedCode(error) === SQLITE_IOERR_CORRUPTFS || error instanceof SyntaxError
}

/** Whether the place failed. Other errors are of our own statements: they are bugs. */
export function isOfPlace(error: unknown): boolean {
  return isDamage(error) || adviceFor(error) !== undefined
}

function adviceFor(error: unknown): string | undefined {
  const code = sqliteCode(error)
  return code === undefined ? undefined : ADVICE[code]
}

function messageFor(path: string, advice: string, error: unknown): string {
  return `${path}: ${advice} (SQLite: ${messageOf(error)})`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
