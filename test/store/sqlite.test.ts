import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CommitQueue } from '../../src/store/sqlite/commit-queue.ts'
import { openConnections } from '../../src/store/sqlite/connection.ts'
import { KEEP_ALL } from '../../src/store/sqlite/log-trimmer.ts'
import { restoreSqliteStore } from '../../src/store/sqlite/restore.ts'
import { openSqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite/sqlite-store.ts'
import { CommitWriter } from '../../src/store/sqlite/writer.ts'
import { CursorExpiredError, type Store, StoreUnavailableError, StoreUnusableError } from '../../src/store/store.ts'
import { creation, deletion, groupStream } from '../support/streams.ts'
import { WriterProcess } from '../support/writer-process.ts'
import { type StorePlace, storeContract } from './contract.ts'
import { cursorNow, Watcher } from './watcher.ts'

/** Small enough to be overrun by `forgetLog`, large enough for every other test. */
const LOG_LIMIT = 10_000

const streamsModule = new URL('../support/streams.ts', import.meta.url).href
const openModule = new URL('../support/open-sqlite.ts', import.meta.url).href

storeContract('SQLite', {
  capabilities: { watch: true, atomicCommits: true },
  openModule,
  createPlace,
})

async function createPlace(): Promise<StorePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'chatapi-sqlite-'))
  const path = join(folder, 'chatapi.db')
  return {
    url: pathToFileURL(path).href,
    open: () => openSqliteStore(path, { logRetention: { changes: LOG_LIMIT } }),
    restore: (restoration) => restoreSqliteStore(path, restoration),
    async obstruct() {
      const db = new DatabaseSync(path)
      db.exec('BEGIN IMMEDIATE')
      return { [Symbol.asyncDispose]: async () => db.close() }
    },
    async forgetLog(store) {
      for (let i = 0; i <= LOG_LIMIT / 1_000; i++) {
        const streams = Array.from({ length: 1_000 }, (_, n) => groupStream(`filler ${n}`))
        await store.commit(streams.map(i % 2 ? deletion : creation))
      }
    },
    remove: async () => rmSync(folder, { recursive: true }),
  }
}

describe('the SQLite engine', { timeout: 60_000 }, () => {
  let folder: string
  let path: string
  let stores: Store[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chatapi-sqlite-'))
    path = join(folder, 'chatapi.db')
    stores = []
  })

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    rmSync(folder, { recursive: true })
  })

  async function open(options?: SqliteStoreOptions, at = path): Promise<Store> {
    const store = await openSqliteStore(at, options)
    stores.push(store)
    return store
  }

  function writer(prefix: string, commits: number): WriterProcess {
    return new WriterProcess({ openModule, url: pathToFileURL(path).href, prefix, commits, streamsPerCommit: 1 })
  }

  /** Expects the file to be refused with such a message, and it and its folder to stay as they are. */
  async function refuses(message: RegExp): Promise<void> {
    const before = [readFileSync(path), readdirSync(folder), statSync(path).mtimeMs]
    const error = await open().catch((reason) => reason)
    expect(error).toBeInstanceOf(StoreUnusableError)
    expect(error.message).toMatch(message)
    expect(error.message).toContain(path)
    expect([readFileSync(path), readdirSync(folder), statSync(path).mtimeMs]).toEqual(before)
  }

  function database(sql: string): void {
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()
  }

  describe('opening', () => {
    it('a look does not wait until the watch would look by itself', async () => {
      const watched = await open({ pollIntervalMs: 3_600_000 })
      const watcher = new Watcher(watched, await cursorNow(watched))
      const other = await open()
      const revision = await other.commit([creation(groupStream('a'))])
      watched.look()
      await watcher.untilRevision(revision)
      await watcher.stop()
    })

    it('makes the file and the folders it lies in', async () => {
      const deep = join(folder, 'a', 'b', 'new.db')
      const store = await open({}, deep)
      await store.commit([creation(groupStream('a'))])
      expect(statSync(deep).isFile()).toBe(true)
    })

    it('takes an empty file for a new one', async () => {
      writeFileSync(path, '')
      const store = await open()
      await store.commit([creation(groupStream('a'))])
      expect((await store.list({}, undefined, 10)).found).toHaveLength(1)
    })

    it('takes a path with spaces, question marks, percents and other scripts', async () => {
      await (await open({}, join(folder, 'a b?c#d%20 数据.db'))).commit([creation(groupStream('a'))])
      expect(readdirSync(folder)).toContain('a b?c#d%20 数据.db')
    })

    it('refuses the database of a MaiBot, untouched, and names the import', async () => {
      database('PRAGMA journal_mode = WAL; CREATE TABLE chat_streams (id INTEGER PRIMARY KEY, stream_id TEXT)')
      await refuses(/MaiBot.*chatapi import/)
    })

    it('refuses the database of a newer MaiBot, untouched', async () => {
      database('CREATE TABLE chat_sessions (id INTEGER PRIMARY KEY, session_id TEXT); PRAGMA user_version = 40')
      await refuses(/MaiBot/)
    })

    it('refuses a database of another program, untouched, and names its tables', async () => {
      database('CREATE TABLE places (id INTEGER); PRAGMA application_id = 7')
      await refuses(/another program.*places/)
    })

    it('refuses random bytes, untouched', async () => {
      writeFileSync(path, randomBytes(5_000))
      await refuses(/not a SQLite database/)
    })

    it('refuses a short text file, untouched', async () => {
      writeFileSync(path, 'SQLite format 3 or so')
      await refuses(/not a SQLite database/)
    })

    it('refuses a file of a newer schema, untouched', async () => {
      await (await open()).close()
      database('PRAGMA user_version = 99')
      await refuses(/newer chatapi \(schema 99/)
    })

    it('refuses a damaged file of ours and says that it is damaged', async () => {
      await (await open()).close()
      const bytes = readFileSync(path)
      writeFileSync(path, Buffer.concat([bytes.subarray(0, 100), randomBytes(bytes.length - 100)]))
      const error = await open().catch((reason) => reason)
      expect(error).toBeInstanceOf(StoreUnusableError)
      expect(error.message).toMatch(/damaged/)
    })

    it('refuses a folder, a path below a file, and no path at all', async () => {
      mkdirSync(path)
      await expect(open()).rejects.toThrow(StoreUnusableError)
      writeFileSync(join(folder, 'file'), '')
      await expect(open({}, join(folder, 'file', 'x.db'))).rejects.toThrow(/folder cannot be made/)
      await expect(open({}, '')).rejects.toThrow(StoreUnusableError)
      await expect(open({}, ':memory:')).rejects.toThrow(StoreUnusableError)
    })

    it('refuses a folder that cannot be written to', async () => {
      // Root may write anywhere but into /proc.
      const readOnly = process.getuid?.() === 0 ? '/proc' : folder
      if (readOnly === folder) chmodSync(folder, 0o555)
      const error = await open({}, join(readOnly, 'new.db')).catch((reason) => reason)
      chmodSync(folder, 0o755)
      expect(error).toBeInstanceOf(StoreUnusableError)
      expect(error.message).toMatch(/cannot be opened; check that the folder exists and its permissions/)
    })

    it('opens at the same time from several processes that all find nothing', async () => {
      const writers = ['a', 'b', 'c', 'd'].map((prefix) => writer(prefix, 3))
      await Promise.all(writers.map((each) => each.ended()))
      expect((await (await open()).list({}, undefined, 100)).found).toHaveLength(12)
    })

    it('says that it waits for a lock, and opens once that is gone', async () => {
      await (await open()).close()
      const other = new DatabaseSync(path)
      other.exec('BEGIN IMMEDIATE')
      const told: string[] = []
      const onWaiting = (what: string) => {
        told.push(what)
        other.close()
      }
      await (await open({ onWaiting })).commit([creation(groupStream('a'))])
      expect(told).toEqual([expect.stringMatching(/chatapi\.db: another process keeps the database locked/)])
    })

    it('does not drop the locks of a store that this process has open already', async () => {
      const store = await open()
      await store.commit([creation(groupStream('a'))])
      await (await open()).close()
      // Another process may leave WAL mode, and so remove the log, only while nobody else has the file open.
      const script = `const { DatabaseSync } = require('node:sqlite')
        new DatabaseSync(${JSON.stringify(path)}).exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA wal_checkpoint; PRAGMA journal_mode = DELETE')`
      const other = spawnSync(process.execPath, ['-e', script])
      expect(other.stderr.toString()).toContain('database is locked')
      expect(readdirSync(folder)).toContain('chatapi.db-wal')
      await store.commit([creation(groupStream('b'))])
    })
  })

  describe('failures in use', () => {
    it('says that another process holds the lock, after the time it was told to wait', async () => {
      const store = await open({ lockTimeoutMs: 20 })
      const stream = groupStream('a')
      const other = new DatabaseSync(path)
      other.exec('BEGIN IMMEDIATE')
      const error = await store.commit([creation(stream)]).catch((reason) => reason)
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect(error.message).toMatch(/another process keeps the database locked/)
      expect((await store.get([stream.streamId])).found).toEqual([undefined])
      other.exec('ROLLBACK')
      other.close()
      await store.commit([creation(stream)])
    })

    it('waits for the lock of another process without blocking reads, then commits', async () => {
      const store = await open()
      const other = new DatabaseSync(path)
      other.exec('BEGIN IMMEDIATE')
      const commit = store.commit([creation(groupStream('a'))])
      expect((await store.count({})).found).toEqual([])
      other.exec('ROLLBACK')
      other.close()
      await commit
    })

    it('fails commits that wait for a lock when their signal is aborted or the store is closed', async () => {
      const store = await open()
      const other = new DatabaseSync(path)
      other.exec('BEGIN IMMEDIATE')
      const controller = new AbortController()
      const aborted = store.commit([creation(groupStream('a'))], { signal: controller.signal })
      const closed = store.commit([creation(groupStream('b'))]).catch((reason) => reason)
      controller.abort(new Error('enough'))
      await expect(aborted).rejects.toThrow('enough')
      await store.close()
      expect(await closed).toMatchObject({ name: 'StoreClosedError' })
      other.exec('ROLLBACK')
      other.close()
    })

    it('writes at its end what it was asked to before', async () => {
      const store = await open()
      const commit = store.commit([creation(groupStream('a'))])
      await store.close()
      expect(await commit).toBe(1n)
      expect((await (await open()).list({}, undefined, 10)).found).toHaveLength(1)
    })

    it('says that the disk is at fault when a file cannot grow, and keeps what was acknowledged', async () => {
      // A limit on the size of files stands in for a full disk, which a test cannot make without root.
      const script = `
        const { openStore } = await import(${JSON.stringify(openModule)})
        const { creation, groupStream } = await import(${JSON.stringify(streamsModule)})
        const store = await openStore(${JSON.stringify(pathToFileURL(path).href)})
        for (let n = 0; ; n++) {
          const error = await store.commit([creation(groupStream(String(n)))]).then(() => undefined, (reason) => reason)
          if (!error) continue
          const [{ count }] = (await store.count({})).found
          console.log(JSON.stringify({ acknowledged: n, count, name: error.name, message: error.message }))
          process.exit()
        }`
      const child = spawnSync('bash', [
        '-c',
        'ulimit -f 400; exec "$0" --input-type=module -e "$1"',
        process.execPath,
        script,
      ])
      expect(child.stderr.toString()).toBe('')
      const { acknowledged, count, name, message } = JSON.parse(child.stdout.toString())
      expect(name).toBe('StoreUnavailableError')
      expect(message).toMatch(/disk.*(check|free)/)
      expect(count).toBe(acknowledged)
      expect((await (await open()).count({})).found).toEqual([{ platform: 'qq', type: 'group', count: acknowledged }])
    })

    it('fails every commit of a transaction that the disk refuses', async () => {
      const script = `
        const { openStore } = await import(${JSON.stringify(openModule)})
        const { creation, groupStream } = await import(${JSON.stringify(streamsModule)})
        const store = await openStore(${JSON.stringify(pathToFileURL(path).href)})
        for (let n = 0; ; n++) {
          const commits = ['a', 'b', 'c'].map((id) => store.commit([creation(groupStream(n + id))]))
          const statuses = (await Promise.allSettled(commits)).map(({ status }) => status)
          if (!statuses.includes('rejected')) continue
          const [{ count }] = (await store.count({})).found
          console.log(JSON.stringify({ statuses, acknowledged: n * 3, count }))
          process.exit()
        }`
      const child = spawnSync('bash', [
        '-c',
        'ulimit -f 400; exec "$0" --input-type=module -e "$1"',
        process.execPath,
        script,
      ])
      expect(child.stderr.toString()).toBe('')
      const { statuses, acknowledged, count } = JSON.parse(child.stdout.toString())
      expect(statuses).toEqual(['rejected', 'rejected', 'rejected'])
      expect(count).toBe(acknowledged)
    })

    it('finds in a probe that there is no room left, once a commit found too little', async () => {
      const script = `
        const { openStore } = await import(${JSON.stringify(openModule)})
        const { creation, groupStream } = await import(${JSON.stringify(streamsModule)})
        const store = await openStore(${JSON.stringify(pathToFileURL(path).href)})
        await store.probe()
        let found = 'room'
        for (let n = 0; found === 'room' && n < 2_000; n++) {
          const error = await store.commit([creation(groupStream(String(n)))]).then(() => undefined, (reason) => reason)
          if (!error) continue
          // A probe needs less room than a commit, and takes up some of what is left.
          found = await store.probe().then(() => 'room', ({ message }) => message)
        }
        console.log(found)
        process.exit()`
      const child = spawnSync('bash', [
        '-c',
        'ulimit -f 400; exec "$0" --input-type=module -e "$1"',
        process.execPath,
        script,
      ])
      expect(child.stderr.toString()).toBe('')
      expect(child.stdout.toString()).toMatch(/disk.*(check|free)/)
    })

    it('finds in a probe that its file was moved away, and that it is back', async () => {
      const store = await open()
      await store.probe()
      renameSync(path, `${path}.away`)
      await expect(store.probe()).rejects.toMatchObject({
        name: 'StoreUnavailableError',
        message: expect.stringContaining('was removed or replaced'),
      })
      renameSync(`${path}.away`, path)
      await store.probe()
    })

    it('fails every commit of a transaction whose end fails, and none of the next', async () => {
      const { writer, close } = openConnections(path)
      const durable: bigint[] = []
      const queue = new CommitQueue(writer, new CommitWriter(writer, KEEP_ALL), {
        path,
        lockTimeoutMs: 0,
        isInPlace: () => true,
        onDurable: (revision) => durable.push(revision),
      })
      // A reference into nothing, which SQLite looks at when the transaction ends.
      writer.exec(`
        CREATE TEMP TABLE referred (id INTEGER PRIMARY KEY);
        CREATE TEMP TABLE referring (id INTEGER REFERENCES referred DEFERRABLE INITIALLY DEFERRED);
        CREATE TEMP TRIGGER refer AFTER INSERT ON main.streams WHEN new.group_id = 'b'
        BEGIN INSERT INTO referring VALUES (1); END;
      `)
      const commit = (ids: readonly string[]) =>
        Promise.allSettled(ids.map((id) => queue.add([creation(groupStream(id))], {})))
      const failed = await commit(['a', 'b', 'c'])
      expect(failed).toEqual(
        failed.map(() => ({
          status: 'rejected',
          reason: expect.objectContaining({ message: expect.stringContaining('FOREIGN KEY') }),
        })),
      )
      expect(failed).toHaveLength(3)
      expect(durable).toEqual([])
      expect((await commit(['a', 'c'])).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
      expect(durable).toEqual([2n])
      const ids = writer.prepare('SELECT group_id FROM streams ORDER BY position').all()
      close()
      expect(ids).toEqual([{ group_id: 'a' }, { group_id: 'c' }])
    })

    it('takes no write once its file was removed, since nobody would ever read it', async () => {
      const store = await open()
      await store.commit([creation(groupStream('a'))])
      rmSync(path)
      const late = store.commit([creation(groupStream('b'))])
      await expect(late).rejects.toMatchObject({
        name: 'StoreUnavailableError',
        message: expect.stringContaining('was removed or replaced'),
      })
    })

    it('keeps a commit that the engine cannot write from harming those beside it', async () => {
      const store = await open()
      const broken = { ...groupStream('broken'), platform: Symbol('no text') as unknown as string }
      const outcomes = await Promise.allSettled([
        store.commit([creation(groupStream('a'))]),
        store.commit([creation(groupStream('half')), creation(broken)]),
        store.commit([creation(groupStream('b'))]),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      const streams = (await store.list({}, undefined, 10)).found
      expect(streams.map(({ stream }) => stream.groupInfo?.groupId)).toEqual(['a', 'b'])
    })
  })

  it('waits for the disk with every commit', () => {
    const { writer, close } = openConnections(path)
    const { synchronous } = writer.prepare('PRAGMA synchronous').get() as { synchronous: number }
    close()
    expect(synchronous).toBe(2)
  })

  describe('a database that has lost commits', () => {
    /** A file whose writer was killed, so that its commits are in the `-wal`, and the size of that. */
    async function killed(commits: number): Promise<number> {
      const killedWriter = writer('w', 1_000_000)
      await killedWriter.untilAcknowledged(commits)
      await killedWriter.kill()
      return statSync(`${path}-wal`).size
    }

    it('is refused, left as it is, and served again once the whole is back', async () => {
      const size = await killed(50)
      const whole = readFileSync(`${path}-wal`)
      truncateSync(`${path}-wal`, Math.floor(size / 2))
      const left = readFileSync(`${path}-wal`)
      const error = await open().catch((reason) => reason)
      expect(error).toBeInstanceOf(StoreUnusableError)
      expect(error.message).toMatch(/has lost \d+ changes that were acknowledged/)
      expect(readFileSync(`${path}-wal`)).toEqual(left)
      writeFileSync(`${path}-wal`, whole)
      expect((await (await open()).count({})).found[0]?.count).toBeGreaterThanOrEqual(50)
    })

    it('goes on from what is left after the command that the refusal tells', async () => {
      truncateSync(`${path}-wal`, Math.floor((await killed(50)) / 2))
      const { message } = await open().catch((reason) => reason)
      const command = /to go on from what is left: (.*)$/.exec(message)?.[1] as string
      expect(spawnSync(command, { shell: true }).status).toBe(0)
      const store = await open()
      const { found } = await store.list({}, undefined, 1_000)
      expect(found.length).toBeGreaterThan(0)
      await store.commit([creation(groupStream('next'))])
      await store.close()
      await open()
    })

    it('is refused where an older copy was put in its place', async () => {
      const store = await open()
      await store.commit([creation(groupStream('a'))])
      await store.close()
      const copy = readFileSync(path)
      const again = await open()
      await again.commit([creation(groupStream('b'))])
      await again.close()
      writeFileSync(path, copy)
      await expect(open()).rejects.toThrow(
        /has lost 1 changes that were acknowledged: it ends at revision 1 and was at 2/,
      )
    })

    it('is not taken for one where the file beside it is of another store, or says nothing', async () => {
      const store = await open()
      await store.commit([creation(groupStream('a'))])
      await store.close()
      for (const text of ['', 'nonsense', '0123456789abcdef 0000000000000099\n']) {
        writeFileSync(`${path}-acknowledged`, text)
        const again = await open()
        expect((await again.list({}, undefined, 10)).found).toHaveLength(1)
        await again.close()
      }
    })

    it('is not taken for one while several processes write and open it', async () => {
      const writers = ['a', 'b'].map((prefix) => writer(prefix, 60))
      const store = await open()
      let areWriting = true
      const ended = Promise.all(writers.map((each) => each.ended())).finally(() => {
        areWriting = false
      })
      while (areWriting) {
        await (await openSqliteStore(path)).close()
        await nextTurn()
      }
      await ended
      expect((await store.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 120 }])
    })
  })

  describe('the log', () => {
    it('keeps about as many changes as its limit, and expires the cursors before them only', async () => {
      const store = await open({ logRetention: { changes: 100 } })
      const cursors = [await cursorNow(store)]
      for (let i = 0; i < 300; i++) {
        await store.commit([creation(groupStream(`${i}`))])
        cursors.push(await cursorNow(store))
      }
      const watcher = new Watcher(store, cursors[200] ?? '')
      await watcher.until(() => watcher.changes.length >= 100)
      await watcher.stop()
      expect(await new Watcher(store, cursors[50] ?? '').failure).toBeInstanceOf(CursorExpiredError)
      const db = new DatabaseSync(path, { readOnly: true })
      const { n } = db.prepare('SELECT count(*) AS n FROM changes').get() as { n: number }
      db.close()
      expect(n).toBeGreaterThanOrEqual(100)
      expect(n).toBeLessThanOrEqual(200)
    })

    it('expires a cursor within a commit that was trimmed in part, and not the one behind it', async () => {
      const store = await open({ logRetention: { changes: 10 } })
      const before = await cursorNow(store)
      await store.commit(Array.from({ length: 25 }, (_, i) => creation(groupStream(`${i}`))))
      const behind = await cursorNow(store)
      await store.commit([creation(groupStream('last'))])
      expect(await new Watcher(store, before).failure).toBeInstanceOf(CursorExpiredError)
      const watcher = new Watcher(store, behind)
      await watcher.until(() => watcher.changes.length >= 1)
      await watcher.stop()
      expect(watcher.changes).toHaveLength(1)
    })

    it.each([
      ['age', { ageMs: -60_000 }],
      ['size', { bytes: 0 }],
      ['number', { changes: 99 }],
    ])(
      'goes on from its oldest revision, and from none before, where it is trimmed by %s',
      async (_by, logRetention) => {
        const store = await open({ logRetention })
        const cursors = new Map([[0n, await cursorNow(store)]])
        for (let i = 0; i < 1_100; i++) {
          cursors.set(await store.commit([creation(groupStream(`${i}`))]), await cursorNow(store))
          if (i === 0) expect(await store.oldestRevision()).toBe(0n)
        }
        const oldest = (await store.oldestRevision())!
        expect(oldest).toBeGreaterThan(1n)
        const watcher = new Watcher(store, cursors.get(oldest)!)
        await watcher.until(() => watcher.changes.length >= 1_100 - Number(oldest))
        await watcher.stop()
        expect(watcher.events[0]!.revision).toBe(oldest + 1n)
        expect(await new Watcher(store, cursors.get(oldest - 1n)!).failure).toBeInstanceOf(CursorExpiredError)
      },
    )

    it('is left alone by a process that only writes', async () => {
      const store = await open()
      const before = await cursorNow(store)
      await store.commit(Array.from({ length: 1_500 }, (_, i) => creation(groupStream(`${i}`))))
      expect(await store.oldestRevision()).toBe(0n)
      const watcher = new Watcher(store, before)
      await watcher.until(() => watcher.changes.length >= 1_500)
      await watcher.stop()
    })

    it('expires an open watch that it outran', async () => {
      const store = await open({ logRetention: { changes: 10 } })
      const iterator = store.watch(await cursorNow(store))[Symbol.asyncIterator]()
      await store.commit([creation(groupStream('a'))])
      expect((await iterator.next()).value?.changes).toHaveLength(1)
      for (let i = 0; i < 50; i++) await store.commit([creation(groupStream(`${i}`))])
      await expect(iterator.next()).rejects.toThrow(CursorExpiredError)
    })

    it('expires a cursor from the future, which a restored backup makes', async () => {
      const store = await open()
      const [storeId] = (await cursorNow(store)).split('-')
      expect(await new Watcher(store, `${storeId}-5-0`).failure).toMatchObject({
        message: expect.stringMatching(/backup/),
      })
    })

    it('tells commits larger than a page of the log whole', async () => {
      const store = await open()
      const cursor = await cursorNow(store)
      const sizes = [1, 2_500, 3, 1_000, 999, 1, 1_001]
      let last = -1n
      for (const [n, size] of sizes.entries()) {
        last = await store.commit(Array.from({ length: size }, (_, i) => creation(groupStream(`${n}-${i}`))))
      }
      const watcher = new Watcher(store, cursor)
      await watcher.untilRevision(last)
      await watcher.stop()
      expect(watcher.events.map(({ changes }) => changes.length)).toEqual(sizes)
    })
  })

  describe('several processes', () => {
    it('write at once and lose nothing, each seen once by a watch in a third', async () => {
      const store = await open()
      const watcher = new Watcher(store, await cursorNow(store))
      const writers = ['a', 'b'].map((prefix) => writer(prefix, 100))
      for (let i = 0; i < 100; i++) await store.commit([creation(groupStream(`own-${i}`))])
      await Promise.all(writers.map((each) => each.ended()))
      await watcher.until(() => watcher.changes.length >= 300)
      await watcher.stop()
      expect(new Set(watcher.changes.map(({ streamId }) => streamId)).size).toBe(300)
      expect((await store.list({}, undefined, 1_000)).found).toHaveLength(300)
    })

    it('may be killed between two writes, and the watch of another goes on without a gap', async () => {
      const store = await open()
      const watcher = new Watcher(store, await cursorNow(store))
      for (const prefix of ['a', 'b', 'c']) {
        const killed = writer(prefix, 1_000_000)
        await killed.untilAcknowledged(5)
        await killed.kill()
      }
      await watcher.untilRevision(await store.commit([creation(groupStream('last'))]))
      await watcher.stop()
      expect(watcher.changes.map(({ after }) => after)).toEqual((await store.list({}, undefined, 1_000_000)).found)
    })
  })

  it('lets go of the log file once snapshots are abandoned', async () => {
    const store = await open()
    await store.commit(Array.from({ length: 1_500 }, (_, i) => creation(groupStream(`${i}`))))
    for (let i = 0; i < 5; i++) for await (const _ of (await store.snapshot()).batches) break
    const db = new DatabaseSync(path)
    const checkpoint = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    db.close()
    expect(checkpoint).toMatchObject({ busy: 0, log: 0 })
  })

  it('finds by index, whatever is asked', async () => {
    await (await open()).close()
    const db = new DatabaseSync(path, { readOnly: true })
    const plan = (sql: string) =>
      db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail)
    expect(plan('SELECT * FROM streams WHERE stream_id = ?')).toEqual([expect.stringContaining('streams_by_id')])
    expect(plan('SELECT * FROM streams WHERE group_id = ?')).toEqual([expect.stringContaining('streams_by_group')])
    expect(plan('SELECT * FROM streams WHERE user_id = ? AND group_id IS NULL')).toEqual([
      expect.stringContaining('streams_by_user'),
    ])
    expect(
      plan('SELECT * FROM streams WHERE platform = ? AND type = ? AND position >= ? ORDER BY position LIMIT ?'),
    ).toEqual([expect.stringContaining('streams_by_platform')])
    db.close()
  })
})
