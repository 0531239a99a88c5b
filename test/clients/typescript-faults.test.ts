import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChatApi, createClient, ErrorReason, type NodeClientOptions } from '../../clients/typescript/src/node.ts'
import { failureOf } from './support/failure.ts'
import { Server } from './support/server.ts'
import { TcpProxy } from './support/tcp-proxy.ts'

type Wire = Pick<NodeClientOptions, 'transport' | 'httpVersion'>

const wires: Wire[] = [
  { transport: 'grpc' },
  { transport: 'connect', httpVersion: '2' },
  { transport: 'connect', httpVersion: '1.1' },
  { transport: 'grpc-web', httpVersion: '2' },
]

describe.each(wires)('over $transport $httpVersion', (wire) => {
  let server: Server
  const addressOf = ({ grpc, http }: Server) => (wire.transport === 'grpc' ? grpc : http)
  beforeAll(async () => {
    server = await Server.start()
  }, 30_000)
  afterAll(() => server.stop())

  it('says that the server is down, and finds it once it is up', async () => {
    using client = createClient({ address: addressOf(server), ...wire })
    using before = createClient({ address: addressOf(server), ...wire })
    await before.openStream({ platform: 'qq', groupId: 'before' })
    const { totalStreams } = await before.getStreamsSummary()
    expect(totalStreams).toBeGreaterThan(0n)
    await server.kill()
    const start = performance.now()
    const error = await failureOf(client.getStreamsSummary())
    expect(performance.now() - start).toBeLessThan(5_000)
    expect(error).toMatchObject({ code: 'UNAVAILABLE', method: 'GetStreamsSummary', reason: ErrorReason.UNSPECIFIED })
    expect(error.message).toMatch(/^GetStreamsSummary at http:\/\/127\.0\.0\.1:\d+: nothing listens there/)
    await server.restart()
    expect(await client.getStreamsSummary()).toMatchObject({ totalStreams })
  }, 30_000)

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'goes on after the server was restarted by %s',
    async (signal) => {
      using client = createClient({ address: addressOf(server), ...wire })
      const { stream } = await client.openStream({ platform: 'qq', groupId: '1' })
      await server.kill(signal)
      await server.restart()
      const again = await client.openStream({ platform: 'qq', groupId: '1' })
      expect(again).toMatchObject({ created: false, stream: { streamId: stream?.streamId } })
    },
    30_000,
  )

  it('answers a lookup that was made while the server restarted', async () => {
    using client = createClient({ address: addressOf(server), ...wire })
    await client.openStream({ platform: 'qq', groupId: 'before' })
    const { totalStreams } = await client.getStreamsSummary()
    expect(totalStreams).toBeGreaterThan(0n)
    await server.kill()
    const [summary] = await Promise.all([client.getStreamsSummary(), server.restart()])
    expect(summary).toMatchObject({ totalStreams })
  }, 30_000)

  it('reports a call that the server took with it', async () => {
    using client = createClient({ address: addressOf(server), ...wire, retry: false })
    await client.getStreamsSummary()
    const waiting = failureOf(client.getStreamsSummary({ atLeastRevision: '9'.repeat(18) }))
    // Asked later and answered, so the server has the other call.
    await client.getStreamsSummary()
    await server.kill()
    expect(await waiting).toMatchObject({ code: 'UNAVAILABLE', reason: ErrorReason.UNSPECIFIED })
    await server.restart()
  }, 30_000)

  it('continues a list on another server of the same store', async () => {
    using client = createClient({ address: addressOf(server), ...wire })
    const activities = ['a', 'b', 'c'].map((groupId) => ({ platform: 'pages', groupInfo: { groupId } }))
    await client.recordActivity({ activities })
    const first = await client.getAllStreams({ platform: 'pages', pageSize: 2 })
    await using other = await Server.start({ store: server.store })
    using otherClient = createClient({ address: addressOf(other), ...wire })
    const { streams } = await otherClient.getAllStreams({ platform: 'pages', pageToken: first.nextPageToken })
    expect(streams.map(({ groupInfo }) => groupInfo?.groupId)).toEqual(['c'])
    const foreign = otherClient.getAllStreams({ platform: 'pages', pageToken: 'of another service' })
    expect(await failureOf(foreign)).toMatchObject({ reason: ErrorReason.PAGE_TOKEN_INVALID })
  }, 30_000)

  it('says that an HTTP server is not the one that was meant', async () => {
    const web = createServer((_, response) => response.writeHead(404).end('<html>')).listen(0, '127.0.0.1')
    await once(web, 'listening')
    using client = createClient({ address: localAddress(web), ...wire, retry: false })
    const { message } = await failureOf(client.getStreamsSummary())
    expect(message).toMatch(/does not speak HTTP\/2; is it the right port|not from a ChatApi server: HTTP 404/)
    web.close()
    web.closeAllConnections()
  })

  it('says that a server does not speak TLS', async () => {
    const address = addressOf(server).replace(/^(http:\/\/)?/, 'https://')
    using client = createClient({ address, ...wire, retry: false })
    const error = await failureOf(client.getStreamsSummary())
    expect(error.code).toBe('UNAVAILABLE')
    expect(error.message).toContain('does not speak TLS; is it http://')
  })

  it('meets its deadline when nobody answers', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    using client = createClient({ address: localAddress(silent), ...wire })
    const error = await failureOf(client.getStreamsSummary({}, { timeoutMs: 200 }))
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: ErrorReason.DEADLINE_EXCEEDED })
    silent.close()
  })

  it('refuses an answer over its own limit', async () => {
    using client = createClient({ address: addressOf(server), ...wire, maxMessageBytes: 64 })
    await client.openStream({ platform: 'qq', groupId: '1' }).catch(() => {})
    const error = await failureOf(client.getStreamByGroupId({ groupId: '1' }))
    expect(error.code).toBe('RESOURCE_EXHAUSTED')
  })
})

it('replaces a connection on which nothing comes any more', async () => {
  await using server = await Server.start()
  await using proxy = await TcpProxy.start(server.grpc)
  using client = createClient({ address: proxy.address, pingIntervalMs: 500, timeoutMs: 20_000 })
  await client.openStream({ platform: 'qq', groupId: '1' })
  proxy.silence()
  expect(await client.getStreamsSummary()).toMatchObject({ totalStreams: 1n })
  expect(proxy.connections).toBe(2)
}, 30_000)

describe('with TLS', () => {
  const read = (name: string) => readFileSync(new URL(`support/tls/${name}.pem`, import.meta.url), 'utf8')
  const cert = read('cert')
  const handler = connectNodeAdapter({
    routes: (router) => router.service(ChatApi, { getStreamsSummary: () => ({ totalStreams: 7n }) }),
  })
  const secure = createSecureServer({ key: read('key'), cert, allowHTTP1: true }, handler)
  const address = () => `https://${localAddress(secure)}`
  beforeAll(async () => {
    await once(secure.listen(0, '127.0.0.1'), 'listening')
  })
  afterAll(() => secure.close())

  describe.each(wires)('over $transport $httpVersion', (wire) => {
    it('talks to a server whose certificate it trusts', async () => {
      using client = createClient({ address: address(), token: 'secret', tls: { ca: cert }, ...wire })
      expect(await client.getStreamsSummary()).toMatchObject({ totalStreams: 7n })
    })

    it('says that a certificate is not trusted', async () => {
      using client = createClient({ address: address(), retry: false, ...wire })
      const error = await failureOf(client.getStreamsSummary())
      expect(error.code).toBe('UNAVAILABLE')
      expect(error.message).toContain('certificate is not trusted')
    })

    it('fails clearly when it is asked to speak plainly', async () => {
      using client = createClient({ address: localAddress(secure), retry: false, ...wire })
      const error = await failureOf(client.getStreamsSummary())
      expect(error.message).toMatch(/connection broke|does not speak HTTP\/2|not from a ChatApi server/)
    })
  })
})

function localAddress(server: { address(): string | AddressInfo | null }): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
