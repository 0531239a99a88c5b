import { mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createClient as createBrowserClient } from '../../clients/typescript/src/browser.ts'
import { type ChatApiClient, createClient, type NodeClientOptions } from '../../clients/typescript/src/node.ts'
import { failureOf } from './support/failure.ts'
import { startFakeServer } from './support/fake-server.ts'

afterEach(() => vi.unstubAllEnvs())

/** A server that lets in who shows one of the tokens, which a test may change. */
async function letIn(...good: (string | null)[]) {
  const check = (_request: unknown, { requestHeader }: HandlerContext) => {
    const token = requestHeader.get('authorization')?.replace('Bearer ', '') ?? null
    if (!good.includes(token)) throw new ConnectError('nobody I know', Code.Unauthenticated)
    return {}
  }
  const server = await startFakeServer({ getStreamsSummary: check, openStream: check })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return {
    address: server.address,
    good,
    shown: () => server.calls.map((headers) => headers.get('authorization')?.replace('Bearer ', '') ?? null),
  }
}

/** A function that gives one token after the other. */
function giving(...tokens: string[]): () => string {
  return () => tokens.shift()!
}

describe.each(['grpc', 'connect', 'grpc-web'] as const)('a token over %s', (transport) => {
  const connect = (address: string, options: NodeClientOptions) => createClient({ address, transport, ...options })

  it('is asked for before each call where it is a function, also one that takes its time', async () => {
    const { address, shown } = await letIn('one', 'two', null)
    const give = giving('one', 'two', '')
    const client = connect(address, { token: async () => give() })
    for (let i = 0; i < 3; i++) await client.getStreamsSummary()
    expect(shown()).toEqual(['one', 'two', null])
  })

  it.each<[string, (client: ChatApiClient) => Promise<unknown>]>([
    ['read', (client) => client.getStreamsSummary()],
    ['write', (client) => client.openStream({ platform: 'qq', groupId: '1' })],
  ])('that is refused is asked for afresh once, for a %s', async (_what, call) => {
    const { address, shown } = await letIn('new')
    await call(connect(address, { token: giving('old', 'new') }))
    expect(shown()).toEqual(['old', 'new'])
    const { message, code } = await failureOf(call(connect(address, { token: giving('1', '2', '3') })))
    expect([code, message]).toEqual(['UNAUTHENTICATED', expect.stringContaining('nobody I know')])
    expect(shown()).toEqual(['old', 'new', '1', '2'])
  })

  it.each([['text', 'same'] as const, ['function', () => 'same'] as const])(
    'that stays what was refused is not sent again: a %s',
    async (_what, token) => {
      const { address, shown } = await letIn()
      expect(await failureOf(connect(address, { token }).getStreamsSummary())).toMatchObject({
        code: 'UNAUTHENTICATED',
      })
      expect(shown()).toEqual(['same'])
    },
  )

  it('of a call stands above that of the client', async () => {
    const { address, shown } = await letIn('own')
    const headers = { authorization: 'Bearer own' }
    await connect(address, { token: () => 'common' }).getStreamsSummary({}, { headers })
    expect(shown()).toEqual(['own'])
  })
})

describe('a function that gives no token', () => {
  const client = (token: () => string | Promise<string>) => createClient({ address: '127.0.0.1:1', token })
  const secret = new Error('secret')

  it.each<[string, () => string | Promise<string>]>([
    [
      'throws',
      () => {
        throw secret
      },
    ],
    ['rejects', () => Promise.reject(secret)],
  ])('fails the call when it %s, and shows nothing', async (_what, token) => {
    const failure = await failureOf(client(token).getStreamsSummary())
    expect(failure).toMatchObject({ code: 'UNAUTHENTICATED', cause: secret, method: 'GetStreamsSummary' })
    expect(failure.message).not.toContain('secret')
  })

  it.each([
    ['sec ret', /character 4 of 7 is U\+0020/],
    [undefined as unknown as string, /must be a string, not undefined/],
  ])('but %j fails it with what was expected', async (token, words) => {
    const failure = await failureOf(client(() => token).getStreamsSummary())
    expect([failure.code, failure.message]).toEqual(['UNAUTHENTICATED', expect.stringMatching(words)])
    expect(failure.message).not.toContain('sec')
  })

  it('has no longer than the call', async () => {
    const endless = client(() => new Promise(() => {}))
    expect(await failureOf(endless.getStreamsSummary({}, { timeoutMs: 1 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    })
    const stop = new AbortController()
    const failure = failureOf(endless.getStreamsSummary({}, { signal: stop.signal }))
    stop.abort('enough')
    expect(await failure).toMatchObject({ code: 'CANCELLED', cause: 'enough' })
  })
})

describe('a token file', () => {
  async function file(text: string) {
    const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'token')
    await writeFile(path, text)
    return path
  }

  it('is read again when it changes, and a broken one changes nothing', async () => {
    const { address, shown } = await letIn('one', 'two', 'three')
    const path = await file('one\n')
    const client = createClient({ address, tokenFile: path })
    await client.getStreamsSummary()
    for (const broken of ['', '\n', 'sec ret']) {
      await writeFile(path, broken)
      await client.getStreamsSummary()
    }
    await rm(path)
    await client.getStreamsSummary()
    await writeFile(path, 'two')
    await client.getStreamsSummary()
    // As a secret that is mounted changes: at once.
    await writeFile(`${path}.new`, 'three')
    await rename(`${path}.new`, path)
    await client.getStreamsSummary()
    expect(shown()).toEqual(['one', 'one', 'one', 'one', 'one', 'two', 'three'])
  })

  it('is read afresh when its token is refused', async () => {
    const { address, shown } = await letIn('two')
    const path = await file('one')
    const { mtime } = await stat(path)
    await utimes(path, mtime, mtime)
    const client = createClient({ address, tokenFile: path })
    expect(() => createClient({ address: 'http://chat.example', tokenFile: path })).toThrow(/unencrypted/)
    await writeFile(path, 'two')
    await utimes(path, mtime, mtime) // by all that the file system tells the same file
    await client.getStreamsSummary()
    expect(shown()).toEqual(['one', 'two'])
  })

  it('comes from CHATAPI_TOKEN_FILE where no argument gives a token', async () => {
    const { address, shown } = await letIn('from-file', 'own', null)
    vi.stubEnv('CHATAPI_TOKEN_FILE', await file('from-file'))
    await createClient({ address }).getStreamsSummary()
    await createClient({ address, token: 'own' }).getStreamsSummary()
    await createClient({ address, token: '' }).getStreamsSummary()
    expect(shown()).toEqual(['from-file', 'own', null])
  })

  it.each([
    ['\n', /is empty; expected a token/],
    ['sec ret', /U\+0020/],
    [undefined, /cannot be read: ENOENT/],
  ])('with %j is refused at once, and not shown', async (text, words) => {
    const path = await file(text ?? '')
    if (text === undefined) await rm(path)
    expect(() => createClient({ tokenFile: path })).toThrow(words)
    expect(() => createClient({ tokenFile: path })).not.toThrow('sec')
  })
})

it('a function sends nothing unencrypted to another machine', () => {
  const address = 'http://chat.example'
  for (const create of [createClient, createBrowserClient]) {
    expect(() => create({ address, token: () => 'secret' })).toThrow(/unencrypted/)
  }
})

it('takes one token and not two', () => {
  expect(() => createClient({ token: 'a', tokenFile: 'b' })).toThrow(/token and tokenFile are both given/)
  vi.stubEnv('CHATAPI_TOKEN', 'a')
  vi.stubEnv('CHATAPI_TOKEN_FILE', 'b')
  expect(() => createClient()).toThrow(/CHATAPI_TOKEN and CHATAPI_TOKEN_FILE are both set/)
})
