import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readEntries } from '../../src/access/token-entries.ts'
import { digestOf } from '../../src/access/tokens.ts'
import { run, start } from './command.ts'

let file: string

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  file = join(folder, 'tokens.jsonl')
  return () => rm(folder, { recursive: true })
})

describe('token new', () => {
  test('tells the token once, and the entry that knows it', async () => {
    const { code, stdout, stderr } = await run(['token', 'new', 'weather', '--platform', 'qq', '--account', '1'])
    const [token] = /chatapi_[\w-]{43}/.exec(stdout)!
    const [entry] = readEntries('stdout', /^ *(\{.*\})$/m.exec(stdout)![1]!)
    const scope = { platforms: ['qq'], accountIds: ['1'] }
    expect(entry).toEqual({ name: 'weather', role: 'reader', scope, sha256: digestOf(token) })
    expect([code, stderr]).toEqual([0, ''])
  })

  test('adds to a file that only its owner may read, without the token', async () => {
    const first = JSON.parse((await run(['token', 'new', 'one', '--file', file, '--json'])).stdout)
    await writeFile(file, (await readFile(file, 'utf8')).trimEnd())
    const second = JSON.parse((await run(['token', 'new', 'two', '--role', 'admin', '--file', file, '--json'])).stdout)
    const text = await readFile(file, 'utf8')
    expect(readEntries(file, text).map(({ name, role }) => [name, role])).toEqual([
      ['one', 'reader'],
      ['two', 'admin'],
    ])
    expect(text).not.toContain(first.token)
    expect(text).not.toContain(second.token)
    expect((await stat(file)).mode & 0o077).toBe(0)
  })

  test('leaves a file alone that is no tokens file', async () => {
    await writeFile(file, 'something else\n')
    const { code, stdout, stderr } = await run(['token', 'new', 'one', '--file', file])
    expect(stderr).toBe(`chatapi: ${file}: line 1: it is not JSON\n`)
    expect([code, stdout, await readFile(file, 'utf8')]).toEqual([1, '', 'something else\n'])
  })
})

test('a server lets in whom its file names, and takes a new token without a restart', async () => {
  const made = async (name: string) =>
    JSON.parse((await run(['token', 'new', name, '--file', file, '--json'])).stdout).token as string
  const first = await made('first')
  const store = `sqlite:${file}.db`
  const server = start([
    'serve',
    '--store',
    store,
    '--grpc-listen',
    'off',
    '--http-listen',
    '127.0.0.1:0',
    '--auth-tokens',
    file,
  ])
  onTestFinished(() => void server.child.kill())
  const [, url] = /listening on (http:\S+)/.exec(await server.says(/HTTP listening on \S+\n/))!
  const summary = (token: string) =>
    fetch(`${url}/chatapi.v1.ChatApi/GetStreamsSummary`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{}',
    })
  expect((await summary('nobody')).status).toBe(401)
  const second = await made('second')
  const said = await server.says('the tokens are read anew')
  expect([(await summary(first)).status, (await summary(second)).status]).toEqual([200, 200])
  expect(said).not.toContain(first)
  expect(said).not.toContain(second)
})

test('a tokens file that is none ends the start with the line at fault', async () => {
  await writeFile(file, 'token\n')
  const { code, stderr } = await run([
    'serve',
    '--store',
    `sqlite:${file}.db`,
    '--auth-tokens',
    file,
    '--http-listen',
    'off',
    '--grpc-listen',
    '127.0.0.1:0',
  ])
  expect(stderr).toContain(`chatapi: ${file}: line 1: it is not JSON\n`)
  expect(code).toBe(1)
})
