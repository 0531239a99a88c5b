/**
 * A process of its own that writes to a store: `node store-writer.ts MODULE URL PREFIX COMMITS STREAMS_PER_COMMIT`.
 *
 * MODULE is a module that exports `openStore(url)`. Commit n creates the group streams `PREFIX-n-0`, `PREFIX-n-1` and so
 * on, and is acknowledged by a line `n REVISION` on standard output, which leaves the process before the next commit.
 */
import { writeSync } from 'node:fs'
import type { Store } from '../../src/store/store.ts'
import { creation, groupStream } from './streams.ts'

const [module = '', url = '', prefix = '', commits = '', streamsPerCommit = ''] = process.argv.slice(2)

const { openStore } = (await import(module)) as { openStore: (url: string) => Promise<Store> }
const store = await openStore(url)
for (let n = 0; n < Number(commits); n++) {
  const streams = Array.from({ length: Number(streamsPerCommit) }, (_, i) => groupStream(`${prefix}-${n}-${i}`))
  const revision = await store.commit(streams.map(creation))
  writeSync(1, `${n} ${revision}\n`)
}
await store.close()
