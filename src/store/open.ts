import type { Logger } from 'pino'
import { parseStoreUrl } from '../config/store-url.ts'
import { unlessAborted } from '../domain/aborting.ts'
import type { CheckObserver } from './sqlite/background-check.ts'
import type { CopiedDatabase } from './sqlite/copy.ts'
import type { Restoration, Store, StoreProblem } from './store.ts'

export interface OpenOptions {
  /** Told of what the store passes over or does without. */
  readonly log?: Logger
  /** Makes nothing that the store lacks: for runs that only look. Default: false. */
  readonly readOnly?: boolean
  /** Whether reads come to the store call by call, which then has the indexes for it. Default: false. */
  readonly servesReads?: boolean
  /** How much of its log a store keeps that has one of its own. Default: all of it, for others to trim. */
  readonly logRetention?: { readonly ageMs: number; readonly bytes: number }
  /** Told of each document that is no stream and is passed over, of at most 100 of them. Default: `log` is. */
  readonly onSkipped?: (documentId: string, reason: string) => void
  /** Whether a store that was not closed is looked through in the background. Default: true. */
  readonly check?: boolean
  /** Once aborted, opening fails with its reason, and what is opened nevertheless is closed. */
  readonly signal?: AbortSignal
}

/** Opens the store that a URL names, and loads no engine but its own. */
export async function openStore(url: string, options: OpenOptions = {}): Promise<Store> {
  const { signal } = options
  signal?.throwIfAborted()
  const opening = openEngine(url, options)
  try {
    return await unlessAborted(opening, [signal])
  } catch (error) {
    if (signal?.aborted) opening.then((store) => store.close()).catch(() => {})
    throw error
  }
}

/** What the database of a store lacks, besides what its engine makes up for by itself. Makes and changes nothing. */
export async function inspectStore(url: string, signal: AbortSignal): Promise<StoreProblem[]> {
  const location = parseStoreUrl(url)
  // Its tables and indexes come with the file.
  if (location.engine === 'sqlite') return []
  const { inspectMongoStore } = await import('./mongo/inspection.ts')
  return inspectMongoStore(location.url, location.database, signal)
}

/**
 * Fills the store that a URL names, and makes it where there is none; all of it, or nothing. Throws `StoreUnusableError` where it
 * has streams already. Its history is another one from then on: no cursor of before leads into it.
 */
export async function restoreStore(url: string, restoration: Restoration): Promise<void> {
  const location = parseStoreUrl(url)
  if (location.engine === 'sqlite') {
    const { restoreSqliteStore } = await import('./sqlite/restore.ts')
    return restoreSqliteStore(location.path, restoration)
  }
  const { restoreMongoStore } = await import('./mongo/restore.ts')
  return restoreMongoStore(location.url, location.database, restoration)
}

/**
 * Copies the database of a SQLite store, as of one moment, into a file that is not there yet, in a process of its own: SQLite's
 * backup begins anew at each commit of another process, which `VACUUM INTO` does not.
 */
export async function copySqliteStore(path: string, into: string, signal?: AbortSignal): Promise<CopiedDatabase> {
  const { copyDatabase } = await import('./sqlite/copy.ts')
  return copyDatabase(path, into, signal)
}

async function openEngine(
  url: string,
  { log, readOnly = false, servesReads = false, check = true, onSkipped, logRetention }: OpenOptions,
): Promise<Store> {
  const location = parseStoreUrl(url)
  const onWaiting = (what: string) => log?.info(`waiting for ${what}`)
  if (location.engine === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/sqlite-store.ts')
    return openSqliteStore(location.path, {
      onWaiting,
      ...(logRetention && { logRetention }),
      ...(log && check && { check: checkObserver(location.path, log) }),
    })
  }
  const { openMongoStore } = await import('./mongo/mongo-store.ts')
  return openMongoStore(location.url, {
    database: location.database,
    readOnly,
    servesReads,
    onWaiting,
    onSkipped({ documentId, reason }) {
      if (onSkipped) onSkipped(documentId, reason)
      else log?.warn({ documentId, reason }, 'a document is no stream and is skipped')
    },
    onWarning: (message) => log?.warn(message),
  })
}

function checkObserver(path: string, log: Logger): CheckObserver {
  return {
    started: () =>
      log.info(
        { path },
        'the database was not closed, or another process has it open; it is checked in the background',
      ),
    ended(damage) {
      if (damage) log.error({ problems: damage.problems }, damage.message)
      else log.info({ path }, 'the database is whole')
    },
    failed: (error) => log.warn({ err: error, path }, 'the database could not be checked'),
  }
}
