import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient as createBrowserClient } from '../../clients/typescript/src/browser.ts'
import { createClient } from '../../clients/typescript/src/node.ts'
import { USER_AGENT, VERSION } from '../../clients/typescript/src/version.ts'
import { failureOf } from './support/failure.ts'
import { startFakeServer } from './support/fake-server.ts'

const answerNothing = { getStreamsSummary: () => ({}) }

afterEach(() => vi.unstubAllEnvs())

describe('an address', () => {
  const DOWN = { retry: false, timeoutMs: 2_000 } as const

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:50051'],
    ['127.0.0.1:1', 'http://127.0.0.1:1'],
    ['[::1]:1', 'http://[::1]:1'],
    ['localhost:80', 'http://localhost'],
    ['http://127.0.0.1:1/', 'http://127.0.0.1:1'],
    ['https://127.0.0.1:1', 'https://127.0.0.1:1'],
  ])('of %s means %s', async (address, baseUrl) => {
    const { message } = await failureOf(createClient({ address, ...DOWN }).getStreamsSummary())
    expect(message).toContain(`GetStreamsSummary at ${baseUrl}: `)
  })

  it.each([
    '',
    ' ',
    'not an address',
    'http://',
    'ftp://host:1',
    'host:port',
    'host:99999',
    'https://host/path',
    'http://u:p@h',
  ])('of %j is refused with what was expected', (address) => {
    vi.stubEnv('CHATAPI_ADDRESS', address || 'host:nowhere')
    expect(() => createClient({ address })).toThrow(/is not one: expected host:port/)
  })

  it('comes from CHATAPI_ADDRESS where no argument gives one', async () => {
    await using server = await startFakeServer(answerNothing)
    vi.stubEnv('CHATAPI_ADDRESS', server.address)
    await createClient().getStreamsSummary()
    expect(server.calls).toHaveLength(1)
  })

  it('is that of the protocol where neither gives one', async () => {
    vi.stubEnv('CHATAPI_ADDRESS', '')
    const timeoutMs = 1
    const grpc = await failureOf(
      createClient({ ...DOWN, timeoutMs }).getStreamsSummary({ atLeastRevision: '9'.repeat(19) }),
    )
    expect(grpc.message).toContain('http://127.0.0.1:50051')
  })

  it('is needed in a browser that shows no page', () => {
    expect(() => createBrowserClient()).toThrow(/an address is needed/)
  })
})

describe('a token', () => {
  it('is sent with every call, and the version of the client', async () => {
    await using server = await startFakeServer(answerNothing)
    await createClient({ address: server.address, token: 'secret' }).getStreamsSummary()
    expect(server.calls[0]!.get('authorization')).toBe('Bearer secret')
    // As gRPC has it, the name of the library follows.
    expect(server.calls[0]!.get('user-agent')).toMatch(new RegExp(`^${USER_AGENT} grpc-node-js/[\\d.]+$`))
    await createClient({ address: server.address, transport: 'connect' }).getStreamsSummary()
    expect(server.calls[1]!.get('user-agent')).toBe(USER_AGENT)
  })

  it('comes from CHATAPI_TOKEN where no argument gives one', async () => {
    await using server = await startFakeServer(answerNothing)
    vi.stubEnv('CHATAPI_TOKEN', 'from-the-environment')
    await createClient({ address: server.address }).getStreamsSummary()
    await createClient({ address: server.address, token: '' }).getStreamsSummary()
    expect(server.calls.map((headers) => headers.get('authorization'))).toEqual(['Bearer from-the-environment', null])
  })

  it.each([
    ['secret\n', /character 7 of 7 is U\+000A; was it read from a file with a newline/],
    ['sec\r\nret', /U\+000D/],
    ['sec ret', /U\+0020/],
    ['sécret', /U\+00E9/],
  ])('of %j is refused without being shown', (token, expected) => {
    const message = thrown(() => createClient({ address: 'https://chat.example', token }))
    expect(message).toMatch(expected)
    expect(message).not.toContain('ret')
    expect(thrown(() => createBrowserClient({ address: 'https://chat.example', token }))).toBe(message)
  })

  it('does not leave the machine unencrypted unless told to', () => {
    const options = { address: 'http://chat.example', token: 'secret' }
    for (const create of [createClient, createBrowserClient]) {
      expect(() => create(options)).toThrow(/unencrypted.*https.*allowPlaintextToken/)
      expect(() => create({ ...options, allowPlaintextToken: true })).not.toThrow()
      expect(() => create({ ...options, address: 'https://chat.example' })).not.toThrow()
      for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '[::1]']) {
        expect(() => create({ ...options, address: `http://${host}:1` })).not.toThrow()
      }
      expect(() => create({ ...options, address: 'http://localhost.evil.example:1' })).toThrow(/unencrypted/)
    }
  })
})

describe('headers', () => {
  it('of the client and of the call are sent', async () => {
    await using server = await startFakeServer(answerNothing)
    const client = createClient({ address: server.address, headers: { 'x-a': '1', 'x-b': '1' } })
    await client.getStreamsSummary({}, { headers: { 'x-b': '2' } })
    expect(server.calls[0]!.get('x-a')).toBe('1')
    expect(server.calls[0]!.get('x-b')).toBe('2')
  })
})

it('refuses transports that a platform does not have', () => {
  expect(() => createBrowserClient({ address: 'https://chat.example', transport: 'grpc' })).toThrow(/browsers/)
  expect(() => createClient({ format: 'json' })).toThrow(/JSON/)
  expect(() => createClient({ httpVersion: '1.1' })).toThrow(/HTTP\/2/)
})

it.each(['package.json', 'clients/typescript/package.json'])('has the version of %s', (path) => {
  expect(JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).version).toBe(VERSION)
})

function thrown(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}
