import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

/** Opens a store of its own for one test, in a file that goes with the test. */
export async function openTestStore(): Promise<Store & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  const path = join(folder, 'chatapi.db')
  const store = await openSqliteStore(path)
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  return Object.assign(store, { path })
}
