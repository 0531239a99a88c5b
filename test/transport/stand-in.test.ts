import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AcceptingPort } from '../../src/transport/accepting-port.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { Kinds } from './kinds.ts'
import { clientOf, LISTENERS, type ListenerName, prepare, WIRES } from './wires.ts'

/** Long enough that no test waits for it. */
const NEVER_MS = 3_600_000

type Options = Parameters<typeof prepare>[2]

/** A listener that serves what another one accepts. */
async function standIn(
  name: ListenerName,
  services = [bind(Kinds, { unary: () => ({ text: 'done' }) })],
  options: Options = {},
) {
  const { listener } = prepare(name, services, options)
  const accepting = new AcceptingPort(listener.standIn('127.0.0.1'))
  const port = await accepting.listen('127.0.0.1', 0)
  onTestFinished(async () => {
    accepting.close()
    await listener.close()
  })
  return { listener, port, url: `http://127.0.0.1:${port}` }
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

describe.each(WIRES)('$name, on connections that another accepted', (wire) => {
  test('calls are answered, several on a connection', async () => {
    const { listener, url } = await standIn(wire.listener)
    const client = clientOf(Kinds, wire, url)
    for (let call = 0; call < 3; call++) expect((await client.unary({})).text).toBe('done')
    expect(listener.connections).toBe(1)
  })

  test('a drain waits for the call in flight, and for the connection to be closed', async () => {
    const started = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const unary = async () => {
      started.resolve()
      await release.promise
      return { text: 'done' }
    }
    const { listener, url } = await standIn(wire.listener, [bind(Kinds, { unary })])
    const call = clientOf(Kinds, wire, url).unary({})
    await started.promise
    const drained = listener.drain(NEVER_MS)
    expect(listener.connections).toBe(1)
    release.resolve()
    expect((await call).text).toBe('done')
    await drained
    expect(listener.connections).toBe(0)
  })
})

describe.each(LISTENERS)('the %s listener that stands in', (name) => {
  test('refuses connections that come to it while it drains', async () => {
    const { listener, port } = await standIn(name)
    await listener.drain(NEVER_MS)
    const late = open(port)
    await once(late.resume(), 'close')
  })

  test('asks its clients to make further calls on new connections', async () => {
    const { listener, url } = await standIn(name)
    const client = connectHttp2(url)
    await once(client, 'remoteSettings')
    const [went] = await Promise.all([once(client, 'goaway'), listener.shed()])
    expect(went[0]).toBe(0)
    await once(client, 'close')
  })
})

test('a client that stops within the head of a request is cut off there, too', async () => {
  const { port } = await standIn('http', undefined, { idleTimeoutMs: 50 })
  const socket = open(port)
  socket.resume().write('POST / HTTP/1.1\r\nhost: a\r\n')
  await once(socket, 'close')
})

test('a client that closes its side of HTTP/1.1 is answered there, too', async () => {
  const { port } = await standIn('http')
  const socket = open(port).setEncoding('utf8')
  socket.end('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
  const [answer] = await once(socket, 'data')
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
})
