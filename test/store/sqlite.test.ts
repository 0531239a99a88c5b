import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { creation, deletion, groupStream } from '../support/streams.ts'
import { type StorePlace, storeContract } from './contract.ts'

/** Small enough to be overrun by `forgetLog`, large enough for every other test. */
const LOG_LIMIT = 10_000

storeContract('SQLite', {
  capabilities: { watch: true, atomicCommits: true },
  openModule: new URL('../support/open-sqlite.ts', import.meta.url).href,
  createPlace,
})

async function createPlace(): Promise<StorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-sqlite-'))
  const path = join(folder, 'chatapi.db')
  return {
    url: pathToFileURL(path).href,
    open: () => openSqliteStore(path, { logLimit: LOG_LIMIT }),
    async forgetLog(store) {
      for (let i = 0; i <= LOG_LIMIT / 1_000; i++) {
        const streams = Array.from({ length: 1_000 }, (_, n) => groupStream(`filler ${n}`))
        await store.commit(streams.map(i % 2 ? deletion : creation))
      }
    },
    remove: () => rm(folder, { recursive: true }),
  }
}
