import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { bind } from '../../src/wire/service-binding.ts'
import { Kinds } from './kinds.ts'
import { framed } from './raw.ts'
import { clientOf, start, WIRES } from './wires.ts'

/** Calls that go on until they are released. */
function patientService() {
  const released = Promise.withResolvers<void>()
  async function* stream() {
    yield { text: 'begun' }
    await released.promise
    yield { text: 'done' }
  }
  const service = bind(Kinds, {
    async unary() {
      await released.promise
      return { text: 'done' }
    },
    watch: stream,
    serverStream: stream,
  })
  return { service, release: () => released.resolve() }
}

async function failureOf(answer: Promise<unknown>): Promise<{ code: Code; reason: string | undefined }> {
  const error = ConnectError.from(await answer.catch((reason: unknown) => reason))
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason }
}

describe.each(WIRES)('$name', (wire) => {
  test('no call goes on for longer than the server allows, whatever deadline its client sets', async () => {
    const { service } = patientService()
    const { url } = await start(wire.listener, [service], { maxDeadlineMs: 20 })
    const client = clientOf(Kinds, wire, url)
    const late = { code: Code.DeadlineExceeded, reason: 'ERROR_REASON_DEADLINE_EXCEEDED' }
    expect(await failureOf(client.unary({}))).toEqual(late)
    expect(await failureOf(client.unary({}, { timeoutMs: 3_600_000 }))).toEqual(late)
    expect(await failureOf(Array.fromAsync(client.serverStream({})))).toEqual(late)
  })

  test('a watch goes on until its client ends it', async () => {
    const { service, release } = patientService()
    const { url } = await start(wire.listener, [service], { maxDeadlineMs: 20 })
    const client = clientOf(Kinds, wire, url)
    const watch = client.watch({})[Symbol.asyncIterator]()
    expect(await watch.next()).toMatchObject({ value: { text: 'begun' } })
    await failureOf(client.unary({}))
    release()
    expect(await watch.next()).toMatchObject({ value: { text: 'done' } })
  })

  test('a watch ends with its connection, and says that another connection will do', async () => {
    const { service } = patientService()
    const { url } = await start(wire.listener, [service], { maxConnectionAgeMs: 20 })
    const watch = Array.fromAsync(clientOf(Kinds, wire, url).watch({}))
    expect(await failureOf(watch)).toEqual({ code: Code.Unavailable, reason: 'ERROR_REASON_SHUTTING_DOWN' })
  })
})

describe.each(['grpc', 'http'] as const)('the %s listener', (listener) => {
  test('sends a client away when its connection is old, once the calls in flight are answered', async () => {
    const { service, release } = patientService()
    const { url } = await start(listener, [service], { maxConnectionAgeMs: 20 })
    const session = connect(url)
    session.on('error', () => {})
    onTestFinished(() => session.destroy())
    const stream = session.request({
      ':method': 'POST',
      ':path': '/test.v1.Kinds/Unary',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    stream.end(framed(Buffer.alloc(0)))
    await once(session, 'goaway')
    release()
    const [trailers] = await once(stream.resume(), 'trailers')
    expect(trailers['grpc-status']).toBe('0')
    await once(session, 'close')
  })
})

test('a client of HTTP/1.1 is told to connect anew with the next answer', async () => {
  const { service, release } = patientService()
  const { url } = await start('http', [service], { maxConnectionAgeMs: 20 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const connectionOf = async (path: string) => {
    const [response] = (await once(get(`${url}${path}`, { agent }), 'response')) as [IncomingMessage]
    await once(response.resume(), 'end')
    return response.headers.connection
  }
  expect(await connectionOf('/healthz')).toBe('keep-alive')
  // On a connection of its own: it ends when that is old.
  const watch = clientOf(Kinds, WIRES.find(({ name }) => name === 'Connect, HTTP/1.1')!, url).watch({})
  await failureOf(Array.fromAsync(watch))
  release()
  const seen = [await connectionOf('/healthz')]
  while (seen.at(-1) !== 'close') seen.push(await connectionOf('/healthz'))
  expect(await connectionOf('/healthz')).toBe('keep-alive')
})
