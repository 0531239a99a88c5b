import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { deriveStreamId } from '../src/domain/identity.ts'
import type { Stream } from '../src/domain/stream.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { root } from './machine.ts'

/** Bump when the streams below change, so that files of before are not measured. */
const VERSION = 1
const BATCH = 1_000
/** The group id of the first stream; the others follow. */
export const FIRST_GROUP = 100_000_000

export function groupId(index: number): string {
  return String(FIRST_GROUP + index)
}

/** The stream of a group on qq with a name and a last speaker, as a bot records it. */
export function groupStream(index: number): Stream {
  const target = { kind: 'group' as const, id: groupId(index) }
  return {
    streamId: deriveStreamId({ platform: 'qq', accountId: '', scope: '', target })!,
    platform: 'qq',
    accountId: '',
    scope: '',
    userInfo: { platform: 'qq', userId: String(2_000_000_000 + index), userNickname: `user ${index}` },
    groupInfo: { platform: 'qq', groupId: target.id, groupName: `group ${index}` },
    createTime: 1_690_000_000 + index,
    lastActiveTime: 1_740_000_000.25 + index,
    labels: {},
    aliasIds: [],
  }
}

/** A SQLite store with so many streams, made once and kept for the next run. */
export async function seededStore(count: number): Promise<string> {
  const folder = join(root, '.cache/bench')
  const path = join(folder, `streams-v${VERSION}-${count}.db`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const unfinished = `${path}.unfinished`
  for (const suffix of ['', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true })
  const store = await openSqliteStore(unfinished)
  for (let start = 0; start < count; start += BATCH) {
    const indexes = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) => start + offset)
    await store.commit(indexes.map((index) => ({ kind: 'put', stream: groupStream(index), expect: null })))
    if (process.stderr.isTTY) process.stderr.write(`\rmaking ${start + indexes.length} of ${count} streams`)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  await store.close()
  renameSync(unfinished, path)
  return path
}
