import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { botDatabase, looseDatabase, newFolder, stateOf } from '../importers/scene.ts'
import { sessionDatabase } from '../importers/sessions.ts'
import { run, silentDatabase, start } from './command.ts'

function newStoreUrl(): string {
  return `sqlite:${join(newFolder(), 'new', 'chatapi.db')}`
}

it('imports, reports to people, and finds all unchanged the second time', async () => {
  const source = botDatabase('running')
  const store = newStoreUrl()
  const before = stateOf(dirname(source))
  const first = await run(['import', source, '--store', store])
  expect(first.stdout).toMatch(
    /^Import: .*MaiBot\.db \(MaiBot 0\.7 to 0\.12, SQLite\) -> sqlite:.*\n\n {2}read +60\n {2}created +60\n {2}updated +0\n {2}unchanged +0\n {2}refused +0\n\n {2}[\d.]+ s, [\d,]+ rows\/s\n$/,
  )
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect((await run(['import', source, '--store', store])).stdout).toMatch(
    /created +0\n {2}updated +0\n {2}unchanged +60\n/,
  )
  expect(stateOf(dirname(source))).toEqual(before)
})

it('writes nothing in a dry run, not even an empty store', async () => {
  const store = newStoreUrl()
  const { code, stdout } = await run(['import', botDatabase('closed'), '--store', store, '--dry-run'])
  expect(stdout).toMatch(/^Dry run, nothing is written: [\s\S]*created +60/)
  expect(code).toBe(0)
  expect(existsSync(dirname(store.slice('sqlite:'.length)))).toBe(false)
})

it('reports to programs every row that was refused, and fails', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({
    stream_id: `s${i}`,
    group_id: `g${i}`,
    platform: i === 0 ? 'qq' : '',
  }))
  const source = looseDatabase(rows)
  const { code, stdout } = await run(['import', source, '--json', '--store', newStoreUrl()])
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ source, dryRun: false, complete: true, read: 30, created: 1, refused: 29 })
  expect(report.refusals).toHaveLength(29)
  expect(report.refusals[0]).toEqual({ place: 'row 2', streamId: 's1', why: 'platform is empty' })
  expect(code).toBe(1)

  const shown = await run(['import', source], { CHATAPI_STORE: newStoreUrl() })
  expect(shown.stdout).toMatch(
    /Refused:\n {2}row 2 \(s1\): platform is empty\n[\s\S]* {2}and 9 more; --json lists all\n$/,
  )
  expect(shown.code).toBe(1)
})

it('reports rows that came in but for a value that did not fit, and fails', async () => {
  const source = looseDatabase([{ stream_id: 's', group_id: '' }])
  const { code, stdout } = await run(['import', source, '--json', '--store', newStoreUrl()])
  const why = 'group_name is left out, the text "Readers": there is no group_id'
  expect(JSON.parse(stdout)).toMatchObject({
    read: 1,
    created: 1,
    refused: 0,
    altered: 1,
    alterations: [{ place: 'row 1', streamId: 's', why }],
  })
  expect(code).toBe(1)
  const shown = await run(['import', source, '--store', newStoreUrl()])
  expect(shown.stdout).toMatch(/refused +0\n {2}altered +1\n[\s\S]*\nAltered:\n {2}row 1 \(s\): group_name is left out/)
})

it('reads times without a zone in the one that is named', async () => {
  const source = sessionDatabase({ sessions: [{ created_timestamp: '2025-11-02 01:30:00' }] })
  const imported = async (zone: string) =>
    JSON.parse((await run(['import', source, '--json', '--time-zone', zone, '--store', newStoreUrl()])).stdout)
  expect(await imported('Asia/Shanghai')).toMatchObject({ kind: 'MaiBot 1.x, SQLite (schema 45)', altered: 0 })
  expect(await imported('America/New_York')).toMatchObject({ created: 1, altered: 1 })
})

it('refuses what is no source in one line, and makes no store', async () => {
  const store = newStoreUrl()
  const outcome = await run(['import', join(newFolder(), 'none.db'), '--store', store])
  expect(outcome).toMatchObject({ code: 1, stdout: '' })
  expect(outcome.stderr).toMatch(/^chatapi: cannot read .*none\.db: there is no such file\n$/)
  expect(existsSync(dirname(store.slice('sqlite:'.length)))).toBe(false)
})

it('refuses to import a store into itself, and a store that is a database of a bot', async () => {
  const source = botDatabase('running')
  const before = stateOf(dirname(source))
  const itself = await run(['import', source, '--store', `sqlite:${source}`])
  expect(itself).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^chatapi: .* is the store itself; name another --store.*\n$/),
  })
  const another = await run(['import', botDatabase('closed'), '--store', `sqlite:${source}`])
  expect(another).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^chatapi: .*is the database of a MaiBot.*\n$/),
  })
  expect(stateOf(dirname(source))).toEqual(before)
})

it('moves a store, and refuses to move it into itself under any name', async () => {
  const path = join(newFolder(), 'chatapi.db')
  const imported = async (...args: string[]) => JSON.parse((await run(['import', '--json', ...args])).stdout)
  await imported(botDatabase('closed'), '--store', `sqlite:${path}`)
  const store = newStoreUrl()
  const dryRun = await imported(path, '--store', store, '--dry-run')
  expect(dryRun).toMatchObject({ kind: 'ChatApi, SQLite', source: path, dryRun: true, created: 60 })
  expect(await imported(`sqlite:${path}`, '--store', store)).toMatchObject({ dryRun: false, read: 60, created: 60 })
  expect(await imported(path, '--store', store)).toMatchObject({ created: 0, updated: 0, unchanged: 60, refused: 0 })
  symlinkSync(path, join(dirname(path), 'link.db'))
  expect(await imported(path, '--store', `sqlite:${join(dirname(path), 'link.db')}`)).toEqual({
    error: `${path} is the store itself; name another --store to import into`,
  })
})

it('says in one line that no MongoDB answers, without the password', async () => {
  const url = 'mongodb://user:secret@127.0.0.1:1/MegBot?serverSelectionTimeoutMS=200'
  const { code, stderr } = await run(['import', url, '--store', newStoreUrl()])
  expect(stderr).toMatch(
    /^chatapi: cannot read mongodb:\/\/user:\*\*\*@127\.0\.0\.1:1\/MegBot[^\n]*ECONNREFUSED[^\n]*\n$/,
  )
  expect(stderr).not.toContain('secret')
  expect(code).toBe(1)
})

it('says in one line that a MongoDB URL is none', async () => {
  const { code, stderr } = await run(['import', 'mongodb://127.0.0.1/x?bogus=1', '--store', newStoreUrl()])
  expect(stderr).toMatch(/^chatapi: cannot read mongodb:[^\n]*bogus[^\n]*\n$/)
  expect(code).toBe(1)
})

it('imports into a store that another process has open', async () => {
  const path = join(newFolder(), 'chatapi.db')
  const store = await openSqliteStore(path)
  try {
    const { cursor } = await store.snapshot()
    expect((await run(['import', botDatabase('closed'), '--store', `sqlite:${path}`])).code).toBe(0)
    for await (const { changes } of store.watch(cursor)) {
      if (changes.length > 0) break
    }
    expect((await store.list({}, undefined, 100)).found.length).toBe(60)
  } finally {
    await store.close()
  }
})

it('ends between two batches at SIGINT, and leaves no copy of the source', async () => {
  const rows = Array.from({ length: 150_000 }, (_, i) => ({ stream_id: `s${i}`, group_id: `g${i}` }))
  const source = looseDatabase(rows)
  const folder = newFolder()
  const store = newStoreUrl()
  const importing = start(['import', source, '--json', '--store', store], { TMPDIR: folder })
  // The store is made once the source is open; from there on batches are written.
  const isMade = () => existsSync(store.slice('sqlite:'.length))
  while (!isMade() && importing.child.exitCode === null) await new Promise(setImmediate)
  importing.child.kill('SIGINT')
  const { code, stdout, stderr } = await importing.ended
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ complete: false, refused: 0 })
  expect(report.read).toBeLessThan(150_000)
  expect(report.created % 1_000).toBe(0)
  expect(stderr).toMatch(/ended before the last row; import again to go on/)
  expect(code).toBe(1)
  expect(readdirSync(folder).filter((name) => name.startsWith('chatapi-'))).toEqual([])
  expect(JSON.parse((await run(['import', source, '--json', '--store', store])).stdout)).toMatchObject({
    created: 150_000 - report.created,
    unchanged: report.created,
  })
})

it('finishes when whoever reads its report has left', async () => {
  const store = newStoreUrl()
  const importing = start(['import', botDatabase('closed'), '--store', store])
  importing.child.stdout?.destroy()
  expect((await importing.ended).code).toBe(0)
  expect((await run(['import', botDatabase('closed'), '--json', '--store', store])).stdout).toMatch(/"unchanged":60/)
})

it.each(['source', 'store'])('ends at SIGINT while it waits for a database, the %s', async (which) => {
  const { url, called } = await silentDatabase()
  const silent = `${url}/MegBot?serverSelectionTimeoutMS=600000`
  const own = `sqlite:${join(newFolder(), 'own.db')}`
  const [source, store] = which === 'source' ? [silent, own] : [botDatabase('closed'), silent]
  const importing = start(['import', source, '--store', store])
  await called
  importing.child.kill('SIGINT')
  expect(await importing.ended).toEqual({
    code: 1,
    stdout: '',
    stderr: 'chatapi: ended by SIGINT; nothing was imported\n',
  })
})

it.each([
  [['none.db'], {}, 1, /^cannot read .*none\.db: there is no such file$/],
  [['none.db', '--time-zone', 'Mars', '--store', 'x'], {}, 2, /^--store: [^\n]*; --time-zone: [^\n]*$/],
  [[], {}, 2, /^missing required argument 'SOURCE'$/],
  [['none.db', '--bogus'], {}, 2, /^unknown option '--bogus'$/],
  [['none.db', '--time-zone', 'Mars'], { CHATAPI_JSON: 'yes' }, 2, /^--time-zone: /],
] as const)('fails in JSON where the report would be: %j with %j', async (args, environment, exitCode, reason) => {
  const asked = 'CHATAPI_JSON' in environment ? args : [...args, '--json']
  const { code, stdout, stderr } = await run(['import', ...asked], environment, newFolder())
  expect(JSON.parse(stdout)).toEqual({ error: expect.stringMatching(reason) })
  expect(stderr).toMatch(/^chatapi: /)
  expect(code).toBe(exitCode)
})

it('lets no id of a source steer the terminal or drown the report', async () => {
  const rows = [
    { stream_id: '\x1b[2J\r\u202e', platform: '' },
    { stream_id: 'x'.repeat(1_000), platform: '' },
  ]
  const { stdout } = await run(['import', looseDatabase(rows), '--store', newStoreUrl()])
  expect(stdout).toContain('row 1 (\\u001b[2J\\u000d\\u202e): ')
  expect(stdout).toContain(`row 2 (${'x'.repeat(200)}…): `)
})
