import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

/** Opens the store in the file that a `file:` URL names. */
export function openStore(url: string): Promise<Store> {
  return openSqliteStore(fileURLToPath(url))
}
