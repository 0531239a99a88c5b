import { join } from 'node:path'
import type { Stream } from '../../src/domain/stream.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { newFolder } from '../importers/scene.ts'
import { creation, groupStream } from './streams.ts'

/** So many that damage to some of their pages leaves others whole. */
const MANY = 3_000

/** A database with these streams, closed, in a folder that goes with the test; by default 3,000 groups. */
export async function databaseOf(streams?: readonly Stream[]): Promise<string> {
  const path = join(newFolder(), 'chatapi.db')
  const store = await openSqliteStore(path)
  const all = streams ?? Array.from({ length: MANY }, (_, i) => groupStream(`${i}`))
  await store.commit(all.map(creation))
  await store.close()
  return path
}
