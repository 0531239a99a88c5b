import type { Logger } from 'pino'
import { parseStoreUrl } from '../config/store-url.ts'
import type { Store } from './store.ts'

export interface OpenOptions {
  /** Told of what the store passes over or does without. */
  readonly log?: Logger
  /** Makes nothing that the store lacks: for runs that only look. Default: false. */
  readonly readOnly?: boolean
}

/** Opens the store that a URL names, and loads no engine but its own. */
export async function openStore(url: string, { log, readOnly = false }: OpenOptions = {}): Promise<Store> {
  const location = parseStoreUrl(url)
  if (location.engine === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/sqlite-store.ts')
    return openSqliteStore(location.path)
  }
  const { openMongoStore } = await import('./mongo/mongo-store.ts')
  return openMongoStore(location.url, {
    database: location.database,
    readOnly,
    onSkipped: ({ documentId, reason }) => log?.warn({ documentId, reason }, 'a document is no stream and is skipped'),
    onWarning: (message) => log?.warn(message),
  })
}
