import { once } from 'node:events'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bind } from '../../src/wire/service-binding.ts'
import { dataOfNoStream, goaway, HELLO, headers, resetStream } from './http2-bytes.ts'
import { Kinds } from './kinds.ts'
import { grpcFailure } from './raw.ts'
import { clientOf, LISTENERS, type ListenerName, start, WIRES } from './wires.ts'

const services = [bind(Kinds, { unary: () => ({ text: 'served' }) })]
const path = '/test.v1.Kinds/Unary'

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Sends bytes and no more, and resolves with all that came back. */
async function send(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = open(port)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).end(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

/** Whether a new connection is answered, and not closed. */
async function isServed(port: number): Promise<boolean> {
  const socket = open(port)
  socket.write(HELLO)
  const [first] = await Promise.race([once(socket, 'data'), once(socket.resume(), 'close')])
  socket.destroy()
  return Buffer.isBuffer(first)
}

function served(name: ListenerName, url: string): Promise<{ text: string }> {
  const wire = WIRES.find(({ listener, httpVersion }) => listener === name && httpVersion === '2')!
  return clientOf(Kinds, wire, url).unary({})
}

describe.each(LISTENERS)('the %s listener', (name) => {
  test.each([
    ['RST_STREAM', resetStream(1)],
    ['GOAWAY', goaway()],
    ['a frame that may not be', dataOfNoStream()],
    ['nothing', Buffer.alloc(0)],
  ])('outlives the head of a request and %s in one packet', async (_what, next) => {
    const { port, url, logged } = await start(name, services)
    const heads = [
      {},
      { 'content-type': 'application/json' },
      { 'content-type': 'application/grpc' },
      { expect: '100-continue' },
    ]
    for (const head of heads) await send(port, Buffer.concat([HELLO, headers(1, path, head), next]))
    expect((await served(name, url)).text).toBe('served')
    expect(logged).toEqual([])
  })

  test.each([{ maxConnections: 2 }, { maxConnectionsPerAddress: 2 }])(
    'refuses connections over the limit, and logs that once a second: %j',
    async (limit) => {
      const { port, logged } = await start(name, services, limit)
      const open2 = [open(port), open(port)]
      await Promise.all(open2.map((socket) => once(socket, 'connect')))
      for (let count = 0; count < 3; count++) await once(open(port).resume(), 'close')
      expect(logged).toMatchObject([{ level: 40, msg: expect.stringContaining('a connection over the limit') }])
      for (const socket of open2) socket.destroy()
      // Free again once the server has noticed.
      await expect.poll(() => isServed(port)).toBe(true)
    },
  )

  test('ends a call whose message does not come', async () => {
    const { url, logged } = await start(name, services, { requestTimeoutMs: 50 })
    const session = connectHttp2(url)
    onTestFinished(() => session.destroy())
    const head = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
    const call = session.request(head)
    call.write(Buffer.of(0, 0))
    const [answer] = (await once(call, 'response')) as [IncomingHttpHeaders]
    const failure = grpcFailure({ headers: answer, trailers: {}, body: Buffer.alloc(0) })
    expect(failure).toMatchObject({
      message: 'the request did not arrive whole within 50 ms',
      info: { reason: 'ERROR_REASON_DEADLINE_EXCEEDED' },
    })
    await once(call.resume(), 'close')
    expect((await served(name, url)).text).toBe('served')
    expect(logged).toEqual([])
  })
})

test('the gRPC listener says what it is to a client of HTTP/1.1, and nothing to one of TLS', async () => {
  const { port } = await start('grpc', services)
  const answer = await send(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 503 .*\r\n/)
  expect(answer).toContain('gRPC over HTTP/2')
  expect(await send(port, Buffer.of(0x16, 3, 1, 2, 0, 1))).toBe('')
})

test.each([
  ['HTTP/1.0 without a host', 'GET /healthz HTTP/1.0\r\n\r\n', 200],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
  ['an expectation that nobody has', 'GET /healthz HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n', 417],
  [
    'a length and chunks',
    `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    'a chunk of no length',
    `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    400,
  ],
  ['two lengths', `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n{}`, 400],
  ['no HTTP at all', 'EHLO a\r\n\r\n', 400],
  ['a field without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['an upgrade', 'GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n', 200],
])('answers %s with a status, and logs nothing', async (_what, bytes, status) => {
  const { port, url, logged } = await start('http', services)
  expect(Number(/^HTTP\/1\.1 (\d+)/.exec(await send(port, bytes))?.[1])).toBe(status)
  expect((await served('http', url)).text).toBe('served')
  expect(logged).toEqual([])
})
