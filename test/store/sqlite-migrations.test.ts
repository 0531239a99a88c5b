import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { creation, deletion, groupStream, merge, privateStream, unknownStream, update } from '../support/streams.ts'
import { WriterProcess } from '../support/writer-process.ts'
import { cursorNow, Watcher } from './watcher.ts'

const fixture = fileURLToPath(new URL('../fixtures/chatapi-0.1.db', import.meta.url))
const openModule = new URL('../support/open-sqlite.ts', import.meta.url).href

/** What the fixture holds; test/fixtures/README.md. */
const CATS = groupStream('1', { labels: { team: 'blue' }, aliasIds: ['old-1', 'older-1'], accountId: '10001' })
const MAI = privateStream('7', {
  createTime: 1_733_061_234.123_456_7,
  lastActiveTime: 1_733_061_234.123_456_7,
  userInfo: { platform: 'qq', userId: '7', userNickname: 'Mai' },
})
const LONELY = unknownStream('lonely', { platform: 'telegram' })

/** A copy of the file that release 0.1 wrote. */
function oldFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chatapi-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'chatapi.db')
  cpSync(fixture, path)
  return path
}

async function open(path: string): Promise<Store> {
  const store = await openSqliteStore(path)
  onTestFinished(() => store.close())
  return store
}

function query(path: string, sql: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

/** What makes up the schema, comments and white space aside. */
function tablesOf(path: string): unknown[] {
  const rows = query(path, 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
  return (rows as { sql: string | null }[]).map((row) => ({
    ...row,
    sql: row.sql?.replace(/--.*$/gm, '').replace(/\s+/g, ''),
  }))
}

describe('a file of release 0.1', { timeout: 60_000 }, () => {
  it('holds the same streams at the same places, and the revision goes on', async () => {
    const path = oldFile()
    const store = await open(path)
    const { found, revision } = await store.list({}, undefined, 10)
    expect(found.map(({ position, stream }) => [position, stream])).toEqual([
      [1, CATS],
      [2, MAI],
      [3, LONELY],
    ])
    expect(revision).toBe(6n)
    expect(await store.commit([creation(groupStream('new'))])).toBe(7n)
    expect((await store.list({}, undefined, 10)).found.at(-1)).toMatchObject({ position: 5 })
  })

  it('is of the present version afterwards, with the tables of a new file', async () => {
    const path = oldFile()
    await open(path)
    const fresh = join(path, '..', 'fresh.db')
    await open(fresh)
    expect(tablesOf(path)).toEqual(tablesOf(fresh))
    for (const name of ['user_version', 'application_id']) {
      expect(query(path, `PRAGMA ${name}`)).toEqual(query(fresh, `PRAGMA ${name}`))
    }
    expect(query(path, 'SELECT length(incarnation) AS length FROM head')).toEqual([{ length: 16 }])
  })

  it('is watched from where it was left, and of what 0.1 wrote says that the state before is not known', async () => {
    const path = oldFile()
    const store = await open(path)
    const [incarnation] = (await cursorNow(store)).split('-')
    const watcher = new Watcher(store, `${incarnation}-0-0`)
    const renamed = { ...CATS, customName: 'ours' }
    await watcher.untilRevision(await store.commit([update(CATS, renamed)]))
    await watcher.stop()
    expect(watcher.events.map(({ revision }) => revision)).toEqual([2n, 4n, 5n, 6n, 7n])
    expect(watcher.changes.slice(0, -1).map(({ before }) => before)).toEqual(Array(6).fill('unknown'))
    expect(watcher.changes.at(-1)).toMatchObject({ before: { stream: CATS }, after: { stream: renamed } })
  })

  it('is taken on once, though several processes open it at the same time', async () => {
    const path = oldFile()
    const writers = ['a', 'b', 'c'].map(
      (prefix) =>
        new WriterProcess({ openModule, url: pathToFileURL(path).href, prefix, commits: 3, streamsPerCommit: 1 }),
    )
    await Promise.all(writers.map((writer) => writer.ended()))
    expect((await (await open(path)).list({}, undefined, 100)).found).toHaveLength(12)
  })

  it('is left as it was where a process ends half-way', async () => {
    const path = oldFile()
    const script = `
      const { DatabaseSync } = await import('node:sqlite')
      const exec = DatabaseSync.prototype.exec
      DatabaseSync.prototype.exec = function (sql) {
        if (sql === 'COMMIT') process.kill(process.pid, 'SIGKILL')
        return exec.call(this, sql)
      }
      const { openStore } = await import(${JSON.stringify(openModule)})
      await openStore(${JSON.stringify(pathToFileURL(path).href)})`
    expect(spawnSync(process.execPath, ['--input-type=module', '-e', script]).signal).toBe('SIGKILL')
    expect(query(path, 'PRAGMA user_version')).toEqual([{ user_version: 1 }])
    expect((await (await open(path)).list({}, undefined, 10)).found).toHaveLength(3)
  })
})

describe('the log', () => {
  it('says of each change what it is, when and by whom it was made, and keeps the commits of two histories apart', async () => {
    const path = oldFile()
    const store = await open(path)
    const began = Date.now() / 1_000
    const fresh = groupStream('new')
    await store.commit([creation(fresh)], { principal: 'mai' })
    await store.commit([...merge(CATS, MAI), deletion(fresh)])
    const rows = query(
      path,
      'SELECT kind, merged_into, principal, nonce, commit_time FROM changes WHERE seq > 6 ORDER BY seq',
    ) as { kind: string; merged_into: string; principal: string; nonce: number; commit_time: number }[]
    expect(rows.map(({ kind, merged_into, principal }) => [kind, merged_into, principal])).toEqual([
      ['opened', null, 'mai'],
      ['updated', null, null],
      ['merged', MAI.streamId, null],
      ['deleted', null, null],
    ])
    expect(new Set(rows.map(({ nonce }) => nonce)).size).toBe(2)
    for (const { commit_time } of rows) {
      expect(commit_time).toBeGreaterThanOrEqual(began)
      expect(commit_time).toBeLessThanOrEqual(Date.now() / 1_000)
    }
  })

  it('expires the cursor of a commit that a restored backup has never seen, though its revision is there again', async () => {
    const path = oldFile()
    const store = await open(path)
    await store.close()
    const backup = join(path, '..', 'backup.db')
    cpSync(path, backup)
    const lost = await open(path)
    await lost.commit([creation(groupStream('lost'))])
    const cursor = await cursorNow(lost)
    await lost.close()
    const restored = await open(backup)
    await restored.commit([creation(groupStream('other'))])
    expect(await new Watcher(restored, cursor).failure).toMatchObject({
      name: 'CursorExpiredError',
      message: expect.stringMatching(/backup/),
    })
    await restored.commit([creation(groupStream('third'))])
    expect(await new Watcher(restored, cursor).failure).toMatchObject({ name: 'CursorExpiredError' })
  })
})
