import { once } from 'node:events'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { create, toBinary } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { Client, credentials } from '@grpc/grpc-js'
import { describe, expect, onTestFinished, test } from 'vitest'
import { INITIAL_CALLS } from '../../src/transport/congestion.ts'
import { MAX_HELD_BYTES_PER_CONNECTION } from '../../src/transport/held-bytes.ts'
import { encodedMessage } from '../../src/wire/encoded.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { BlobSchema, Kinds } from './kinds.ts'
import { framed, grpcFailure } from './raw.ts'
import { clientOf, LISTENERS, MAX_MESSAGE_BYTES, start, WIRES } from './wires.ts'

/** A list of 10,000 streams. */
const LIST_BYTES = 1_600_000
const LISTS = 16

const list = toBinary(BlobSchema, create(BlobSchema, { text: 'x'.repeat(LIST_BYTES) }))
const lists = bind(Kinds, {
  unary: () => encodedMessage(BlobSchema, list),
  get: () => encodedMessage(BlobSchema, list),
})

describe.each(WIRES)('$name', (wire) => {
  test('sixteen lists of 1.6 MB at once all arrive on one connection', async () => {
    const { url } = await start(wire.listener, [lists])
    const client = clientOf(Kinds, wire, url)
    const answers = await Promise.all(Array.from({ length: LISTS }, () => client.get({})))
    expect(answers.map(({ text }) => text.length)).toEqual(Array(LISTS).fill(LIST_BYTES))
  })

  test('may send larger answers than it reads requests, where it is told so', async () => {
    const services = [bind(Kinds, { unary: ({ text }) => ({ text: text.repeat(2) }) })]
    const { url } = await start(wire.listener, services, { maxMessageBytes: 100, maxAnswerBytes: 200 })
    const client = clientOf(Kinds, wire, url)
    expect((await client.unary({ text: 'x'.repeat(80) })).text).toHaveLength(160)
    await expect(client.unary({ text: 'x'.repeat(99) })).rejects.toMatchObject({ code: Code.ResourceExhausted })
  })
})

describe.each(LISTENERS)('the %s listener', (name) => {
  test('sixteen lists of 1.6 MB at once all arrive at a grpc-js client', async () => {
    const { port } = await start(name, [lists])
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
    onTestFinished(() => client.close())
    const call = () =>
      new Promise<number>((resolve, reject) => {
        const pass = (bytes: Buffer) => bytes
        client.makeUnaryRequest('/test.v1.Kinds/Unary', pass, pass, Buffer.alloc(0), (error, bytes) =>
          error ? reject(error) : resolve(bytes?.byteLength ?? 0),
        )
      })
    const sizes = await Promise.all(Array.from({ length: LISTS }, call))
    expect(sizes).toEqual(Array(LISTS).fill(list.byteLength))
  })

  test('refuses an answer while too much is unread on its connection, and on no other', async () => {
    const largest = toBinary(BlobSchema, create(BlobSchema, { text: 'x'.repeat(MAX_MESSAGE_BYTES - 5) }))
    const services = [bind(Kinds, { unary: () => encodedMessage(BlobSchema, largest), get: () => ({}) })]
    const { url } = await start(name, services)
    const reader = session(url)
    const call = async () => {
      const stream = reader.request({
        ':method': 'POST',
        ':path': '/test.v1.Kinds/Unary',
        'content-type': 'application/grpc',
        te: 'trailers',
      })
      stream.end(framed(Buffer.alloc(0)))
      const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
      return { stream, headers }
    }
    const unread = await Promise.all(Array.from({ length: MAX_HELD_BYTES_PER_CONNECTION / largest.byteLength }, call))
    expect(unread.map(({ headers }) => headers['grpc-status'])).toEqual(unread.map(() => undefined))

    const refused = await call()
    const trailers = new Promise<IncomingHttpHeaders>((resolve) => refused.stream.once('trailers', resolve).resume())
    const head = refused.headers['grpc-status'] === undefined ? await trailers : refused.headers
    const failure = grpcFailure({ headers: head, trailers: {}, body: Buffer.alloc(0) })
    expect(failure).toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringContaining('too much is unread on this connection'),
      info: { reason: 'ERROR_REASON_MESSAGE_TOO_LARGE' },
    })
    const wire = WIRES.find((candidate) => candidate.listener === name)
    if (!wire) throw new Error('no wire')
    expect((await clientOf(Kinds, wire, url).unary({})).text).toHaveLength(MAX_MESSAGE_BYTES - 5)

    await Promise.all(unread.map(({ stream }) => once(stream.resume(), 'close')))
    const again = await call()
    expect(again.headers['grpc-status']).toBeUndefined()
  })

  test.each([
    ['as many calls of one connection at once as suits most', {}, INITIAL_CALLS],
    ['no more than it may', { maxStreamsPerConnection: 10 }, 10],
  ])('works on %s', async (_much, options, calls) => {
    const { url } = await start(name, [lists], options)
    const client = session(url)
    await once(client, 'remoteSettings')
    expect(client.remoteSettings.maxConcurrentStreams).toBe(calls)
  })

  test('asks no more of a stream whose client does not read, while others are served', async () => {
    const chunk = toBinary(BlobSchema, create(BlobSchema, { text: 'x'.repeat(64 * 1024) }))
    let yielded = 0
    const stalled = Promise.withResolvers<void>()
    const { url } = await start(name, [
      bind(Kinds, {
        unary: () => ({ text: 'served' }),
        async *serverStream() {
          for (;;) {
            yielded += chunk.byteLength
            yield encodedMessage(BlobSchema, chunk)
          }
        },
        async *bidi(requests) {
          // Answers a request once the other stream has stood still for a whole round trip.
          let before = -1
          for await (const _request of requests) {
            if (yielded > 0 && yielded === before) stalled.resolve()
            before = yielded
            yield {}
          }
        },
      }),
    ])
    const reader = session(url)
    const stream = reader.request({
      ':method': 'POST',
      ':path': '/test.v1.Kinds/ServerStream',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    stream.on('error', () => {})
    stream.end(framed(Buffer.alloc(0)))
    await once(stream, 'response')
    stream.pause()

    const wire = WIRES.find((candidate) => candidate.listener === name)
    if (!wire) throw new Error('no wire')
    const other = clientOf(Kinds, wire, url)
    const isOver = { value: false }
    void stalled.promise.then(() => {
      isOver.value = true
    })
    const ticks = other.bidi(
      (async function* () {
        while (!isOver.value) yield {}
      })(),
    )
    for await (const _tick of ticks) if (isOver.value) break
    expect((await other.unary({})).text).toBe('served')
    // One window of the client, what Node keeps on its way, and what the handler was asked for ahead.
    expect(yielded).toBeLessThan(1024 * 1024)
  })
})

function session(url: string): ClientHttp2Session {
  const opened = connect(url)
  opened.on('error', () => {})
  onTestFinished(() => opened.destroy())
  return opened
}
