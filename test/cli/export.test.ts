import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { digestOf } from '../../src/access/tokens.ts'
import { readExport } from '../../src/export-file/read.ts'
import { openStore } from '../../src/store/open.ts'
import type { StoredStream } from '../../src/store/store.ts'
import { newFolder } from '../importers/scene.ts'
import { databaseOf } from '../support/database.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { startService } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { run } from './command.ts'

async function served(options: Parameters<typeof startService>[0] = {}) {
  const service = await startService({ storeUrl: `sqlite:${await databaseOf(STREAMS)}`, ...options })
  await untilServing(service.grpcUrl)
  return { ...service, address: `127.0.0.1:${service.grpcAddress?.port}` }
}

async function storedIn(storeUrl: string): Promise<StoredStream[]> {
  const store = await openStore(storeUrl)
  onTestFinished(() => store.close())
  return (await Array.fromAsync((await store.snapshot()).batches)).flat()
}

async function exportedTo(file: string): Promise<StoredStream[]> {
  return (await Array.fromAsync(readExport(file))).map((row) => {
    if ('fault' in row) throw new Error(row.fault)
    return row.stored
  })
}

describe('export', () => {
  it('writes what a server has, to a file and to standard output', async () => {
    const { address, storeUrl } = await served()
    const folder = newFolder()
    const [plain, compressed, printed] = ['a.jsonl', 'b.jsonl.gz', 'c.jsonl'].map((name) => join(folder, name))
    for (const file of [plain!, compressed!]) {
      const { code, stdout, stderr } = await run(['export', file, '--address', address, '--json'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(JSON.parse(stdout)).toMatchObject({ file, store: `http://${address}`, streams: STREAMS.length })
    }
    const { code, stdout } = await run(['export', '-'], {
      CHATAPI_ADDRESS: address,
      CHATAPI_STORE: 'sqlite:nowhere.db',
    })
    expect(code).toBe(0)
    writeFileSync(printed!, stdout)
    const expected = await storedIn(storeUrl)
    for (const file of [plain!, compressed!, printed!]) expect(await exportedTo(file)).toEqual(expected)
    expect(await run(['verify', compressed!])).toMatchObject({ code: 0 })
  })

  it('opens the store itself where that is named', async () => {
    const path = await databaseOf(STREAMS)
    const file = join(newFolder(), 'chats.jsonl')
    const { code, stdout } = await run(['export', file, '--store', `sqlite:${path}`])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Export: sqlite:\S+ -> /) })
    expect(await exportedTo(file)).toEqual(await storedIn(`sqlite:${path}`))
    expect(await run(['export', file, '--store', `sqlite:${path}`])).toMatchObject({ code: 1 })
    const missing = `sqlite:${join(dirname(file), 'missing.db')}`
    expect(await run(['export', '-', '--store', missing])).toMatchObject({ code: 3, stdout: '' })
    expect(await run(['export', '-', '--store', path])).toMatchObject({ code: 2 })
  })

  it('is of what the token covers', async () => {
    const tokens = join(newFolder(), 'tokens.jsonl')
    const entry = { name: 'part', sha256: digestOf('secret').toString('hex'), role: 'reader', platforms: ['telegram'] }
    writeFileSync(tokens, `${JSON.stringify(entry)}\n`)
    const { address } = await served({ authTokens: tokens })
    const file = join(newFolder(), 'chats.jsonl')
    expect(await run(['export', file, '--address', address])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^chatapi: http:\S+ answered Unauthenticated: .*; set CHATAPI_TOKEN\n$/),
    })
    expect(existsSync(file)).toBe(false)
    expect(await run(['export', file, '--address', address], { CHATAPI_TOKEN: 'secret' })).toMatchObject({ code: 0 })
    const visible = STREAMS.filter(({ platform }) => platform === 'telegram')
    expect((await exportedTo(file)).map(({ stream }) => stream)).toEqual(visible)
  })

  it('says in one line why it cannot be', async () => {
    const file = join(newFolder(), 'chats.jsonl')
    const cases: [string, RegExp][] = [
      ['127.0.0.1:1', /^chatapi: http:\/\/127\.0\.0\.1:1 answered Unavailable: .*; does a server listen there\?\n$/],
      [
        'chat.example.org:50051',
        /^chatapi: the token of CHATAPI_TOKEN would travel to chat\.example\.org:50051 in plain/,
      ],
      ['ftp://chat.example.org', /^chatapi: "ftp:\/\/chat\.example\.org" is no address; expected host:port/],
    ]
    for (const [address, why] of cases) {
      const { code, stderr } = await run(['export', file, '--address', address], { CHATAPI_TOKEN: 'secret' })
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(why) })
    }
    expect(existsSync(file)).toBe(false)
  })
})
