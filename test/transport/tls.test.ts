import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rename } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TlsIdentity } from '../../src/access/tls-identity.ts'
import type { Listener } from '../../src/transport/listener.ts'
import { namesIn } from '../../src/transport/tls.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { Authority, type Issued } from '../support/certificates.ts'
import { Kinds } from './kinds.ts'
import { LISTENERS, type ListenerName, start } from './wires.ts'

const run = promisify(execFile)

/** Answers with the names in the certificate of whoever calls. */
const services = () => {
  let names: readonly string[] = []
  return [
    bind(
      Kinds,
      { unary: () => ({ text: names.join(' ') }), get: () => ({ text: names.join(' ') }) },
      {
        gate(head) {
          names = head.certificateNames
        },
      },
    ),
  ]
}

interface Secure {
  readonly listener: Listener
  readonly port: number
  readonly url: string
  readonly identity: TlsIdentity
  readonly logged: string[]
}

async function startSecure(
  door: ListenerName,
  issued: Issued,
  options: { clientCa?: string; requiresCertificate?: boolean; maxConnectionsPerAddress?: number } = {},
): Promise<Secure> {
  const { clientCa, requiresCertificate = false, ...limits } = options
  const logged: string[] = []
  const tell = (_fields: object, message: string) => void logged.push(message)
  const identity = new TlsIdentity({ ...issued, clientCa }, { info: tell, warn: tell, error: tell })
  onTestFinished(() => identity.close())
  const { listener, port } = await start(door, services(), { tls: { identity, requiresCertificate }, ...limits })
  return { listener, port, url: `https://127.0.0.1:${port}`, identity, logged }
}

type Connect = (baseUrl: string, nodeOptions: object) => Transport

const wires: readonly [name: string, door: ListenerName, connect: Connect][] = [
  ['gRPC', 'grpc', (baseUrl, nodeOptions) => createGrpcTransport({ baseUrl, nodeOptions })],
  ['gRPC on the HTTP door', 'http', (baseUrl, nodeOptions) => createGrpcTransport({ baseUrl, nodeOptions })],
  [
    'gRPC-Web, HTTP/1.1',
    'http',
    (baseUrl, nodeOptions) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1', nodeOptions }),
  ],
  [
    'Connect, HTTP/1.1',
    'http',
    (baseUrl, nodeOptions) => createConnectTransport({ baseUrl, httpVersion: '1.1', nodeOptions }),
  ],
  [
    'Connect, HTTP/2',
    'http',
    (baseUrl, nodeOptions) => createConnectTransport({ baseUrl, httpVersion: '2', nodeOptions }),
  ],
]

async function files(ca: string, issued?: Issued) {
  return {
    ca: await readFile(ca),
    ...(issued && { cert: await readFile(issued.cert), key: await readFile(issued.key) }),
  }
}

describe.each(wires)('%s over TLS', (_name, door, connect) => {
  const call = async (server: Secure, nodeOptions: object, path = '127.0.0.1') =>
    (await createClient(Kinds, connect(server.url.replace('127.0.0.1', path), nodeOptions)).unary({ text: 'a' })).text

  test('answers a client that trusts the authority', async () => {
    const authority = await Authority.make()
    const server = await startSecure(door, await authority.issue('server'))
    expect(await call(server, await files(authority.file))).toBe('')
  })

  test('is refused by a client where the certificate has expired, names another, or is of a stranger', async () => {
    const authority = await Authority.make()
    const stranger = await Authority.make()
    const other = [{ type: 'dns', value: 'elsewhere.example.org' }] as const
    const expired = await startSecure(door, await authority.issue('expired', { days: -1 }))
    const misnamed = await startSecure(door, await authority.issue('misnamed', { names: other }))
    const strange = await startSecure(door, await stranger.issue('strange'))
    const trusting = await files(authority.file)
    for (const server of [expired, misnamed, strange]) {
      const error = ConnectError.from(await call(server, trusting).catch((reason: unknown) => reason))
      expect([Code.Unavailable, Code.Internal, Code.Unknown]).toContain(error.code)
    }
    expect(expired.logged).toEqual(['the certificate expires, or has expired'])
  })

  test('knows a client by the names in its certificate, and takes one that shows none', async () => {
    const authority = await Authority.make()
    const names = [
      { type: 'dns', value: 'plugin.example.org' },
      { type: 'url', value: 'spiffe://example.org/plugin' },
    ] as const
    const client = await authority.issue('client', { names })
    const server = await startSecure(door, await authority.issue('server'), { clientCa: authority.file })
    const shown = await call(server, await files(authority.file, client))
    expect(shown).toBe('plugin.example.org spiffe://example.org/plugin')
    expect(await call(server, await files(authority.file))).toBe('')
  })

  test.each([
    ['of a stranger', async () => (await Authority.make()).issue('client')],
    ['that has expired', (authority: Authority) => authority.issue('client', { days: -1 })],
  ])('refuses a client with a certificate %s, whether it needs one or not', async (_what, issue) => {
    const authority = await Authority.make()
    const client = await files(authority.file, await issue(authority))
    for (const requiresCertificate of [false, true]) {
      const options = { clientCa: authority.file, requiresCertificate }
      const server = await startSecure(door, await authority.issue('server'), options)
      await expect(call(server, client)).rejects.toThrow()
    }
  })

  test('refuses a client without a certificate where that is all that says who calls', async () => {
    const authority = await Authority.make()
    const options = { clientCa: authority.file, requiresCertificate: true }
    const server = await startSecure(door, await authority.issue('server'), options)
    await expect(call(server, await files(authority.file))).rejects.toThrow()
    const client = await files(authority.file, await authority.issue('client'))
    expect(await call(server, client)).toBe('localhost 127.0.0.1')
  })
})

describe.each(LISTENERS)('the %s door over TLS', (door) => {
  test('shows new clients a new certificate, and keeps the connections that it has', async () => {
    const authority = await Authority.make()
    const server = await startSecure(door, await authority.issue('server'))
    const ca = await readFile(authority.file)
    const before = connectHttp2(server.url, { ca })
    onTestFinished(() => before.destroy())
    await once(before, 'connect')
    const serialOf = (socket: unknown) => (socket as TLSSocket).getPeerCertificate().serialNumber
    const first = serialOf(before.socket)
    await authority.issue('server')
    server.identity.reload()
    const after = connectHttp2(server.url, { ca })
    onTestFinished(() => after.destroy())
    await once(after, 'connect')
    expect(serialOf(after.socket)).not.toBe(first)
    await new Promise<void>((resolve, reject) => before.ping((error) => (error ? reject(error) : resolve())))
    expect(server.logged).toEqual(['the certificate is read anew'])
  })

  test('keeps its certificate where the new files do not belong together', async () => {
    const authority = await Authority.make()
    const issued = await authority.issue('server')
    const server = await startSecure(door, issued)
    const other = await authority.issue('other')
    await rename(other.key, issued.key)
    server.identity.reload()
    const client = connectHttp2(server.url, { ca: await readFile(authority.file) })
    onTestFinished(() => client.destroy())
    await once(client, 'connect')
    expect(server.logged).toEqual(['the certificate cannot be read anew; that of before goes on'])
  })

  test('takes nothing older than TLS 1.2, and HTTP/2 where it is offered', async () => {
    const authority = await Authority.make()
    const { port } = await startSecure(door, await authority.issue('server'))
    const ca = await readFile(authority.file)
    const old = connectTls({ port, ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    const [refusal] = await once(old, 'error')
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^E/) })
    const socket = connectTls({ port, host: '127.0.0.1', ca, ALPNProtocols: ['h2', 'http/1.1'] })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    expect([socket.alpnProtocol, socket.getProtocol()]).toEqual(['h2', 'TLSv1.3'])
  })

  test('closes the connection of a client that speaks no TLS, and stays', async () => {
    const authority = await Authority.make()
    const server = await startSecure(door, await authority.issue('server'))
    for (const bytes of ['GET / HTTP/1.1\r\nhost: a\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\0'.repeat(16)]) {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume().write(bytes)
      await once(socket, 'close')
    }
    const client = connectHttp2(server.url, { ca: await readFile(authority.file) })
    onTestFinished(() => client.destroy())
    await once(client, 'connect')
    expect(server.logged).toEqual([])
  })

  test('counts connections before keys are agreed on', async () => {
    const authority = await Authority.make()
    const { port } = await startSecure(door, await authority.issue('server'), { maxConnectionsPerAddress: 2 })
    const silent = [1, 2].map(() => connect(port, '127.0.0.1'))
    onTestFinished(() => silent.forEach((socket) => void socket.destroy()))
    await Promise.all(silent.map((socket) => once(socket, 'connect')))
    const third = connect(port, '127.0.0.1')
    third.on('error', () => {}).resume()
    await once(third, 'close')
  })

  test('a drain does not wait for a client that never agrees on keys', async () => {
    const authority = await Authority.make()
    const { listener, port } = await startSecure(door, await authority.issue('server'))
    const silent = connect(port, '127.0.0.1')
    silent.on('error', () => {}).resume()
    await once(silent, 'connect')
    // Connections are accepted one after the other, so that the silent one is known by now.
    const later = connectTls({ port, host: '127.0.0.1', ca: await readFile(authority.file), ALPNProtocols: ['h2'] })
    later.on('error', () => {}).resume()
    await once(later, 'secureConnect')
    const closed = Promise.all([once(silent, 'close'), once(later, 'close')])
    await listener.drain(3_600_000)
    await closed
  })
})

test('curl calls it, over either HTTP', async () => {
  const authority = await Authority.make()
  const { url } = await startSecure('http', await authority.issue('server'))
  for (const version of ['--http1.1', '--http2']) {
    const body = ['--header', 'content-type: application/json', '--data', '{"text":"a"}']
    const path = `${url}/${Kinds.typeName}/Unary`
    const { stdout } = await run('curl', [
      '--silent',
      '--show-error',
      version,
      '--cacert',
      authority.file,
      ...body,
      path,
    ])
    expect(JSON.parse(stdout)).toEqual({})
    await expect(run('curl', ['--silent', '--show-error', version, ...body, path])).rejects.toThrow(/certificate/)
  }
})

test('names are read as they stand in the certificate, and none poses as several', () => {
  expect(namesIn('DNS:a.example.org')).toEqual(['a.example.org'])
  expect(namesIn('DNS:a.example.org, URI:spiffe://b/c, IP Address:127.0.0.1, email:a@b.org')).toEqual([
    'a.example.org',
    'spiffe://b/c',
    '127.0.0.1',
    'a@b.org',
  ])
  expect(namesIn('DNS:"a, DNS:admin.example.org"')).toEqual(['a, DNS:admin.example.org'])
  expect(namesIn('DNS:"a\\", DNS:admin.example.org", DNS:b')).toEqual(['a", DNS:admin.example.org', 'b'])
  expect(namesIn('')).toEqual([])
})
