import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { formatEntry, readEntries } from '../../src/access/token-entries.ts'
import { digestOf, newToken } from '../../src/access/tokens.ts'
import { TokensFile } from '../../src/access/tokens-file.ts'

const SHA256 = digestOf('a token').toString('hex')
const valid = { name: 'weather', sha256: SHA256, role: 'reader' }

function line(changes: object): string {
  return JSON.stringify({ ...valid, ...changes })
}

describe('the entries of a tokens file', () => {
  test('are who they name, whatever the lines around them', () => {
    const lines = [
      line({}),
      '',
      line({ name: 'two', role: 'recorder', platforms: ['qq'], accounts: ['1', ''] }),
      JSON.stringify({ name: 'three', certificate: 'three.example.org', role: 'admin' }),
    ]
    expect(readEntries('file', `${lines.join('\r\n')}\n`)).toEqual([
      { name: 'weather', role: 'reader', scope: {}, sha256: digestOf('a token') },
      {
        name: 'two',
        role: 'recorder',
        scope: { platforms: ['qq'], accountIds: ['1', ''] },
        sha256: digestOf('a token'),
      },
      { name: 'three', role: 'admin', scope: {}, certificate: 'three.example.org' },
    ])
  })

  test('are written as they are read', () => {
    const [entry] = readEntries('file', line({ platforms: ['qq'], accounts: ['1'] }))
    expect(readEntries('file', formatEntry(entry!))).toEqual([entry])
  })

  test.each([
    ['no JSON', 'token: secret', 'it is not JSON'],
    ['no object', '["secret"]', 'it is not a JSON object'],
    ['no name', line({ name: undefined }), '"name" must be a text that is not empty'],
    ['an empty name', line({ name: '' }), '"name" must be a text that is not empty'],
    ['no role', line({ role: undefined }), '"role" must be one of reader, recorder, admin'],
    ['a role that is none', line({ role: 'root' }), '"role" must be one of reader, recorder, admin'],
    ['a digest that is none', line({ sha256: 'secret' }), '"sha256" must be 64 hex digits'],
    ['neither digest nor certificate', line({ sha256: undefined }), 'an entry has either "sha256" or "certificate"'],
    ['both', line({ certificate: 'a' }), 'an entry has either "sha256" or "certificate"'],
    ['a certificate without a name', line({ sha256: undefined, certificate: '' }), '"certificate" must be a subject'],
    ['platforms that are no list', line({ platforms: 'qq' }), '"platforms" must be a list of texts'],
    ['accounts that are numbers', line({ accounts: [1] }), '"accounts" must be a list of texts'],
    // A slip in a key that limits what a token may do would give it everything.
    ['a key that is none', line({ platform: ['qq'] }), '"platform" is not a key of an entry'],
  ])('%s is refused by its line, without repeating what it says', (_what, wrong, fault) => {
    const read = () => readEntries('tokens.jsonl', [line({}), wrong, wrong].join('\n'))
    expect(read).toThrow(`tokens.jsonl: line 2: ${fault}`)
    expect(read).toThrow(`line 3: ${fault}`)
    expect(read).not.toThrow('secret')
  })
})

test('tokens are of 256 random bits, and none is like another', () => {
  const tokens = Array.from({ length: 100 }, newToken)
  expect(new Set(tokens).size).toBe(100)
  for (const token of tokens) expect(token).toMatch(/^chatapi_[\w-]{43}$/)
})

describe('a tokens file', () => {
  async function fileOf(text: string) {
    const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
    const path = join(folder, 'tokens.jsonl')
    await writeFile(path, text)
    const logged: string[] = []
    const log = {
      info: (_: object, message: string) => logged.push(message),
      error: (_: object, message: string) => logged.push(message),
    }
    const open = () => {
      const file = new TokensFile(path, log)
      onTestFinished(async () => {
        file.close()
        await rm(folder, { recursive: true, force: true })
      })
      return file
    }
    return { path, logged, open }
  }

  test('knows its tokens and certificates, and nobody else', async () => {
    const { open } = await fileOf(
      `${line({})}\n${line({ name: 'c', sha256: undefined, certificate: 'c.example.org' })}\n`,
    )
    const file = open()
    expect(file.ofToken('a token')).toMatchObject({ name: 'weather' })
    expect(file.ofToken('another')).toBeUndefined()
    expect(file.ofToken('')).toBeUndefined()
    expect(file.ofCertificate(['b.example.org', 'c.example.org'])).toMatchObject({ name: 'c' })
    expect(file.ofCertificate([])).toBeUndefined()
    expect(file.ofToken('c.example.org')).toBeUndefined()
  })

  test('takes several tokens of one name, so that they can be changed one after the other', async () => {
    const { open } = await fileOf(`${line({})}\n${line({ sha256: digestOf('next').toString('hex') })}\n`)
    const file = open()
    expect([file.ofToken('a token')?.name, file.ofToken('next')?.name]).toEqual(['weather', 'weather'])
  })

  test('is read anew when it changes, and old tokens are worth nothing then', async () => {
    const { path, logged, open } = await fileOf(line({}))
    const file = open()
    await writeFile(path, line({ sha256: digestOf('next').toString('hex') }))
    file.reload()
    expect(file.ofToken('a token')).toBeUndefined()
    expect(file.ofToken('next')).toMatchObject({ name: 'weather' })
    expect(logged).toEqual(['the tokens are read anew'])
  })

  test.each([
    ['is broken', (path: string) => writeFile(path, 'oops')],
    ['is gone', (path: string) => rm(path)],
  ])('goes on with what it knew where the file %s meanwhile', async (_what, harm) => {
    const { path, logged, open } = await fileOf(line({}))
    const file = open()
    await harm(path)
    file.reload()
    expect(file.ofToken('a token')).toMatchObject({ name: 'weather' })
    expect(logged).toEqual(['the tokens cannot be read anew; those of before go on'])
  })

  test('that cannot be read at the start is refused by its name', async () => {
    const { path, open } = await fileOf('')
    await rm(path)
    expect(open).toThrow(`${path}: it cannot be read: ENOENT`)
  })
})
