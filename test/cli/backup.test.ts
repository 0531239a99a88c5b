import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openBackup } from '../../src/backup/backup-file.ts'
import { openStore } from '../../src/store/open.ts'
import type { StoredStream } from '../../src/store/store.ts'
import { newFolder } from '../importers/scene.ts'
import { overwriteLeaves } from '../support/damage.ts'
import { databaseOf } from '../support/database.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { creation, groupStream } from '../support/streams.ts'
import { WriterProcess } from '../support/writer-process.ts'
import { run, start } from './command.ts'

const STREAMS_PER_COMMIT = 3
/** So many that a command over them can be ended in the middle. */
const MANY = 20_000

async function ran(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run([...args, '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

async function contentOf(storeUrl: string): Promise<StoredStream[]> {
  const store = await openStore(storeUrl)
  try {
    return (await Array.fromAsync((await store.snapshot()).batches)).flat()
  } finally {
    await store.close()
  }
}

async function backedUp(file: string): Promise<StoredStream[]> {
  const backup = await openBackup(file)
  onTestFinished(() => backup.close())
  const rows = await Array.fromAsync(backup.rows())
  return rows.map((row) => {
    if ('fault' in row) throw new Error(`${row.place}: ${row.fault}`)
    return { position: row.position, streamId: row.streamId, stream: row.stream }
  })
}

/** Throws unless the streams are those of the first commits of a writer, each of which is there whole. Returns how many. */
function wholeCommits(stored: readonly StoredStream[]): number {
  const ids = stored.map(({ stream }) => stream.groupInfo?.groupId)
  const commits = ids.length / STREAMS_PER_COMMIT
  const expected = Array.from({ length: Math.floor(commits) }, (_, n) => [`w-${n}-0`, `w-${n}-1`, `w-${n}-2`])
  expect([...ids].sort()).toEqual(expected.flat().sort())
  return commits
}

/** Returns once a file of such a name is in the folder. */
async function untilThere(folder: string, isIt: (name: string) => boolean): Promise<void> {
  const stopping = new AbortController()
  const events = watch(folder, { signal: stopping.signal })
  if (readdirSync(folder).some(isIt)) return
  for await (const { filename } of events) if (filename !== null && isIt(filename)) break
  stopping.abort()
}

function sqliteUrl(folder = newFolder()): string {
  return `sqlite:${join(folder, 'chatapi.db')}`
}

describe('a SQLite store', () => {
  const openModule = new URL('../support/open-sqlite.ts', import.meta.url).href

  it.each(['backup.db', 'backup.jsonl', 'backup.jsonl.gz'])(
    'that is written to at full speed is backed up to %s as of one moment, and restored from it',
    async (name) => {
      const folder = newFolder()
      const [path, file] = [join(folder, 'chatapi.db'), join(folder, name)]
      const url = pathToFileURL(path).href
      const writer = new WriterProcess({
        openModule,
        url,
        prefix: 'w',
        commits: 1e6,
        streamsPerCommit: STREAMS_PER_COMMIT,
      })
      await writer.untilAcknowledged(50)
      const acknowledged = writer.acknowledged.length
      const report = await ran('backup', file, '--store', `sqlite:${path}`)
      await writer.untilAcknowledged(writer.acknowledged.length + 1)
      await writer.kill()

      const stored = await backedUp(file)
      expect(wholeCommits(stored)).toBeGreaterThanOrEqual(acknowledged)
      expect(report).toMatchObject({ streams: stored.length, revision: `${stored.length}`, file })
      expect(await ran('verify', file)).toMatchObject({ isWhole: true, streams: stored.length, groups: stored.length })
      const restored = sqliteUrl()
      expect(await ran('restore', file, '--store', restored)).toMatchObject({ streams: stored.length })
      expect(await contentOf(restored)).toEqual(stored)
    },
  )

  it.each(['backup.db', 'backup.jsonl'])(
    'is restored from %s with all that it holds, in the same places',
    async (name) => {
      const path = await databaseOf(STREAMS)
      const file = join(dirname(path), name)
      await ran('backup', file, '--store', `sqlite:${path}`)
      const restored = sqliteUrl()
      await ran('restore', file, '--store', restored)
      expect(await contentOf(restored)).toEqual(await contentOf(`sqlite:${path}`))
    },
  )

  it('is restored into the place of one that was lost, where it counts on from a larger revision', async () => {
    const path = await databaseOf(STREAMS)
    const file = join(newFolder(), 'backup.db')
    const { revision, directoryId } = await ran('backup', file, '--store', `sqlite:${path}`)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
    expect(existsSync(`${path}-acknowledged`)).toBe(true)
    const restored = await ran('restore', file, '--store', `sqlite:${path}`)
    expect(BigInt(String(restored.revision))).toBeGreaterThan(BigInt(String(revision)))
    expect(restored.directoryId).not.toBe(directoryId)
    const store = await openStore(`sqlite:${path}`)
    await store.commit([creation(groupStream('new'))])
    await store.close()
    expect(await contentOf(`sqlite:${path}`)).toHaveLength(STREAMS.length + 1)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no half of a backup behind a %s', async (signal) => {
    const path = await databaseOf(Array.from({ length: MANY }, (_, i) => groupStream(`${i}`)))
    for (const name of ['backup.db', 'backup.jsonl']) {
      const folder = newFolder()
      const file = join(folder, name)
      const there = untilThere(folder, (each) => each.endsWith('.part'))
      const command = start(['backup', file, '--store', `sqlite:${path}`])
      await there
      command.child.kill(signal)
      const { code } = await command.ended
      if (code === 0) expect(await ran('verify', file)).toMatchObject({ isWhole: true, streams: MANY })
      else expect(existsSync(file)).toBe(false)
      if (signal === 'SIGTERM') expect(readdirSync(folder)).toEqual(code === 0 ? [name] : [])
      else if (code !== 0) await ran('backup', file, '--store', `sqlite:${path}`)
    }
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('is empty or whole behind a %s amid a restore', async (signal) => {
    const path = await databaseOf(Array.from({ length: MANY }, (_, i) => groupStream(`${i}`)))
    const file = join(newFolder(), 'backup.jsonl')
    await ran('backup', file, '--store', `sqlite:${path}`)
    const folder = newFolder()
    const there = untilThere(folder, (name) => name === 'chatapi.db-wal')
    const command = start(['restore', file, '--store', sqliteUrl(folder)])
    await there
    command.child.kill(signal)
    const { code } = await command.ended
    const { length } = await contentOf(sqliteUrl(folder))
    expect(length).toBe(code === 0 ? MANY : length === MANY ? MANY : 0)
    if (length === 0) await ran('restore', file, '--store', sqliteUrl(folder))
    expect(await contentOf(sqliteUrl(folder))).toHaveLength(MANY)
  })

  it('is not restored into where it has streams, and stays as it is', async () => {
    const path = await databaseOf([groupStream('mine')])
    const file = join(newFolder(), 'backup.jsonl')
    await ran('backup', file, '--store', `sqlite:${await databaseOf(STREAMS)}`)
    const { code, stderr } = await run(['restore', file, '--store', `sqlite:${path}`])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `chatapi: ${path} has 1 streams; a backup is restored into an empty store only\n`,
    })
    expect(await contentOf(`sqlite:${path}`)).toHaveLength(1)
  })
})

describe.skipIf(mongodMissing()).each([
  ['a replica set', startReplicaSet],
  ['a standalone server', startStandalone],
])('a store in %s', (_name, startServers) => {
  const openModule = new URL('../support/open-mongo.ts', import.meta.url).href
  let servers: MongoServers

  beforeAll(async () => {
    servers = await startServers()
  }, 60_000)
  afterAll(() => servers?.stop())

  it('that is written to at full speed is backed up, and restored from it', async () => {
    const file = join(newFolder(), 'backup.jsonl.gz')
    const url = servers.url('busy')
    // On a standalone server commits of several streams are not of one moment.
    const streamsPerCommit = startServers === startReplicaSet ? STREAMS_PER_COMMIT : 1
    const writer = new WriterProcess({ openModule, url, prefix: 'w', commits: 1e6, streamsPerCommit })
    await writer.untilAcknowledged(20)
    const acknowledged = writer.acknowledged.length
    await ran('backup', file, '--store', url)
    await writer.kill()
    const stored = await backedUp(file)
    if (startServers === startReplicaSet) expect(wholeCommits(stored)).toBeGreaterThanOrEqual(acknowledged)
    else expect(stored.length).toBeGreaterThanOrEqual(acknowledged)
    await ran('restore', file, '--store', servers.url('restored'))
    expect(await contentOf(servers.url('restored'))).toEqual(stored)
  })

  it('takes a backup of SQLite with all that it holds, and gives it back', async () => {
    const path = await databaseOf(STREAMS)
    const [database, file] = [join(newFolder(), 'backup.db'), join(newFolder(), 'backup.jsonl')]
    await ran('backup', database, '--store', `sqlite:${path}`)
    await ran('restore', database, '--store', servers.url('taken'))
    await ran('backup', file, '--store', servers.url('taken'))
    const back = sqliteUrl()
    await ran('restore', file, '--store', back)
    expect(await contentOf(back)).toEqual(await contentOf(`sqlite:${path}`))
  })

  it('is empty or whole behind a SIGKILL amid a restore', async () => {
    const file = join(newFolder(), 'backup.jsonl')
    const path = await databaseOf(Array.from({ length: MANY }, (_, i) => groupStream(`${i}`)))
    await ran('backup', file, '--store', `sqlite:${path}`)
    const command = start(['restore', file, '--store', servers.url('killed')])
    const restoring = servers.admin.db('killed').collection('chat_streams_restoring')
    while ((await restoring.estimatedDocumentCount()) === 0 && command.child.exitCode === null) {
      // Until it is under way.
    }
    command.child.kill('SIGKILL')
    await command.ended
    const { length } = await contentOf(servers.url('killed'))
    if (length === 0) await ran('restore', file, '--store', servers.url('killed'))
    expect(await contentOf(servers.url('killed'))).toHaveLength(MANY)
  })

  it('that is not there is not found', async () => {
    const file = join(newFolder(), 'backup.jsonl')
    expect(await run(['backup', file, '--store', servers.url('nowhere')])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/there is no collection chat_streams; name another --store/),
    })
    expect(existsSync(file)).toBe(false)
  })
})

describe('backup', () => {
  it('never overwrites a file', async () => {
    const path = await databaseOf([groupStream('a')])
    for (const name of ['backup.db', 'backup.jsonl']) {
      const file = join(newFolder(), name)
      writeFileSync(file, 'precious')
      const { code, stderr } = await run(['backup', file, '--store', `sqlite:${path}`])
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `chatapi: ${file} is there already, and is not overwritten; name another file\n`,
      })
      expect(readFileSync(file, 'utf8')).toBe('precious')
      expect(readdirSync(dirname(file))).toEqual([name])
    }
  })

  it('says what it wrote', async () => {
    const path = await databaseOf([groupStream('a')])
    const file = join(newFolder(), 'backup.jsonl')
    const { code, stdout } = await run(['backup', file, '--store', `sqlite:${path}`])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^Backup: sqlite:\S+ -> \S+ \(export file\)\n\n {2}streams +1\n {2}revision +1\n {2}bytes/,
      ),
    })
  })

  it('finds no store where there is none, and makes none', async () => {
    const folder = newFolder()
    for (const name of ['backup.db', 'backup.jsonl']) {
      const outcome = await run(['backup', join(folder, name), '--store', sqliteUrl(folder), '--json'])
      expect(outcome.code).toBe(3)
      expect(JSON.parse(outcome.stdout)).toEqual({ error: expect.stringMatching(/there is no database/) })
    }
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('verify', () => {
  it.each(['backup.db', 'backup.jsonl.gz'])('counts what is in %s', async (name) => {
    const path = await databaseOf(STREAMS)
    const file = join(newFolder(), name)
    await ran('backup', file, '--store', `sqlite:${path}`)
    const counts = { streams: 2_509, groups: 1_504, privates: 1_003, unknown: 2 }
    expect(await ran('verify', file)).toMatchObject({ ...counts, isWhole: true, problems: [] })
    const { code, stdout } = await run(['verify', file])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/streams +2,509\n[\s\S]*\nIt is whole\.\n$/),
    })
  })

  it('looks through a store that is open, where no file is named', async () => {
    const path = await databaseOf(STREAMS)
    const store = await openStore(`sqlite:${path}`)
    onTestFinished(() => store.close())
    await store.commit([creation(groupStream('new'))])
    expect(await ran('verify', '--store', `sqlite:${path}`)).toMatchObject({
      streams: STREAMS.length + 1,
      isWhole: true,
    })
  })

  it('tells what is wrong with a damaged backup, which is not restored', async () => {
    const path = await databaseOf()
    const database = join(newFolder(), 'backup.db')
    const file = join(newFolder(), 'backup.jsonl')
    await ran('backup', database, '--store', `sqlite:${path}`)
    await ran('backup', file, '--store', `sqlite:${path}`)
    overwriteLeaves(database, 'streams', { from: 3, count: 2 })
    writeFileSync(file, readFileSync(file, 'utf8').replace('Group 1000', 'Group 1O00'))
    for (const damaged of [database, file]) {
      const verified = await run(['verify', damaged, '--json'])
      expect(verified.code).toBe(1)
      const report = JSON.parse(verified.stdout)
      expect(report).toMatchObject({ isWhole: false })
      expect(report.problems.length).toBeGreaterThan(0)
      const store = sqliteUrl()
      const { code, stderr } = await run(['restore', damaged, '--store', store])
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(`${basename(damaged)} is damaged, and nothing was restored: `),
      })
      expect(existsSync(store.slice('sqlite:'.length))).toBe(false)
    }
  })

  it('finds no file where there is none', async () => {
    for (const command of ['verify', 'restore']) {
      const file = join(newFolder(), 'backup.db')
      expect(await run([command, file])).toMatchObject({ code: 3, stderr: `chatapi: there is no file ${file}\n` })
    }
  })
})
