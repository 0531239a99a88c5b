import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { encodedMessage } from '../../src/wire/encoded.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { BlobSchema, Kinds } from './kinds.ts'
import { connectFailure, framed, greedyCalls } from './raw.ts'
import { clientOf, LISTENERS, MAX_MESSAGE_BYTES, prepare, start, WIRES } from './wires.ts'

/** Long enough that no test waits for it. */
const NEVER_MS = 3_600_000

/** Their answers together are more than the system keeps for a connection whose client does not read. */
const GREEDY_CALLS = 8

const HALF_A_REQUEST =
  'POST /test.v1.Kinds/Unary HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"te'

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** Why a connection is refused; waits for as long as none is. */
async function refusal(port: number): Promise<unknown> {
  const [error] = await once(connect(port, '127.0.0.1'), 'error')
  return error
}

describe.each(WIRES)('$name', (wire) => {
  test('a drain lets the call in flight finish and takes no new one', async () => {
    const started = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const services = [
      bind(Kinds, {
        async unary() {
          started.resolve()
          await release.promise
          return { text: 'done' }
        },
      }),
    ]
    const { listener, url } = await start(wire.listener, services)
    const call = clientOf(Kinds, wire, url).unary({})
    await started.promise
    const drained = listener.drain(NEVER_MS)
    await expect(clientOf(Kinds, wire, url).unary({})).rejects.toBeInstanceOf(ConnectError)
    release.resolve()
    expect((await call).text).toBe('done')
    await drained
  })

  test('a drain ends calls that outlast it', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const services = [
      bind(Kinds, {
        unary(_request, { signal }) {
          started.resolve(signal)
          return new Promise(() => {})
        },
      }),
    ]
    const { listener, url } = await start(wire.listener, services)
    const call = clientOf(Kinds, wire, url)
      .unary({})
      .catch((error: unknown) => error)
    const signal = await started.promise
    await listener.drain(1)
    const error = ConnectError.from(await call)
    expect(error.code).toBe(Code.Unavailable)
    expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe('ERROR_REASON_SHUTTING_DOWN')
    if (!signal.aborted) await once(signal, 'abort')
  })

  test('a drain ends streams, which may have no end of their own', async () => {
    const services = [
      bind(Kinds, {
        async *serverStream(_request, { signal }) {
          yield {}
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      }),
    ]
    const { listener, url, logged } = await start(wire.listener, services)
    const stream = clientOf(Kinds, wire, url).serverStream({})[Symbol.asyncIterator]()
    await stream.next()
    const drained = listener.drain(NEVER_MS)
    const error = ConnectError.from(await stream.next().catch((reason: unknown) => reason))
    expect(error.code).toBe(Code.Unavailable)
    expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe('ERROR_REASON_SHUTTING_DOWN')
    await drained
    expect(logged).toEqual([])
  })
})

describe.each(LISTENERS)('the %s listener', (name) => {
  test('names the address when the port is taken', async () => {
    const { port } = await start(name, [])
    const { listener } = prepare(name, [])
    await expect(listener.listen('127.0.0.1', port)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: the port is in use`,
    )
    await listener.close()
  })

  test('drains and closes at once where nobody calls, and twice is fine', async () => {
    const { listener, port, url } = await start(name, [bind(Kinds, { unary: () => ({}) })])
    const idle = connectHttp2(url)
    idle.on('error', () => {})
    await once(idle, 'remoteSettings')
    const gone = once(idle, 'close')
    await listener.drain(NEVER_MS)
    await gone
    await listener.drain(NEVER_MS)
    await listener.close()
    await listener.close()
    expect(await refusal(port)).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test.each([
    ['nothing', ''],
    ['half of the preface of HTTP/2', 'PRI * HT'],
  ])('a drain does not wait for a client that has said %s', async (_what, bytes) => {
    const { listener, port, url } = await start(name, [], { idleTimeoutMs: NEVER_MS })
    const silent = open(port)
    await once(silent, 'connect')
    const closed = once(silent, 'close')
    if (bytes) await new Promise((resolve) => silent.write(bytes, resolve))
    // Connections are accepted one after the other, so that the silent one is known to the listener by now.
    const later = connectHttp2(url)
    later.on('error', () => {})
    await once(later, 'remoteSettings')
    silent.resume()
    await listener.drain(NEVER_MS)
    const [wasReset] = await closed
    expect(wasReset).toBe(false)
  })

  test('a drain does not wait longer for a client that reads nothing than for a call', async () => {
    const answer = encodedMessage(BlobSchema, Buffer.alloc(MAX_MESSAGE_BYTES))
    const answered = Promise.withResolvers<void>()
    let calls = 0
    const services = [
      bind(Kinds, {
        unary() {
          calls += 1
          if (calls === GREEDY_CALLS) setImmediate(answered.resolve)
          return answer
        },
      }),
    ]
    const { listener, port } = await start(name, services)
    const socket = open(port)
    socket.write(greedyCalls('/test.v1.Kinds/Unary', GREEDY_CALLS))
    await answered.promise
    await listener.drain(1)
    expect(await refusal(port)).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('closes at once amid calls', async () => {
    const started = Promise.withResolvers<void>()
    const services = [
      bind(Kinds, {
        unary() {
          started.resolve()
          return new Promise(() => {})
        },
      }),
    ]
    const { listener, url } = await start(name, services)
    const wire = WIRES.find((candidate) => candidate.listener === name)
    if (!wire) throw new Error('no wire')
    const call = clientOf(Kinds, wire, url).unary({})
    const failed = expect(call).rejects.toSatisfy((error) => ConnectError.from(error).code !== Code.Internal)
    await started.promise
    await listener.close()
    await failed
  })

  test('ends the calls of a client whose connection ends', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const services = [
      bind(Kinds, {
        async *serverStream(_request, { signal }) {
          yield {}
          started.resolve(signal)
          for (;;) yield { text: 'x'.repeat(100_000) }
        },
      }),
    ]
    const { port, url, logged } = await start(name, services)
    const socket = open(port)
    const session = connectHttp2(url, { createConnection: () => socket })
    session.on('error', () => {})
    const stream = session.request({
      ':method': 'POST',
      ':path': '/test.v1.Kinds/ServerStream',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    stream.on('error', () => {})
    stream.end(Buffer.alloc(5))
    const signal = await started.promise
    // As a process that dies: its side of the connection is closed, and no word of HTTP/2 said.
    socket.destroy()
    if (!signal.aborted) await once(signal, 'abort')
    expect(logged).toEqual([])
  })

  test.each([
    ['says nothing', ''],
    ['stops within the preface of HTTP/2', 'PRI * HT'],
    // The gRPC listener takes no HTTP/1.1 and refuses it at once.
    ...(name === 'http' ? [['stops within the head of a request', 'POST / HTTP/1.1\r\nhost: a\r\n']] : []),
    ['says hello in HTTP/2 and no more', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('cuts off a client that %s', async (_what, bytes) => {
    const patient = open((await start(name, [], { idleTimeoutMs: NEVER_MS })).port)
    patient.resume().write(bytes)
    const socket = open((await start(name, [], { idleTimeoutMs: 50 })).port)
    const closed = once(socket, 'close')
    socket.resume().write(bytes)
    const [wasReset] = await closed
    expect(wasReset).toBe(false)
    expect(patient.closed).toBe(false)
  })

  test('lets a client go that has not called for long, and not one whose call goes on', async () => {
    const never = Promise.withResolvers<never>()
    const services = [
      bind(Kinds, {
        unary: () => ({}),
        async *serverStream() {
          yield {}
          await never.promise
        },
      }),
    ]
    const { url } = await start(name, services, { keepaliveTimeMs: 20 })
    const [wire] = WIRES.filter(({ listener }) => listener === name)
    const busy = clientOf(Kinds, wire!, url).serverStream({})[Symbol.asyncIterator]()
    await busy.next()
    const idle = connectHttp2(url)
    const path = `/${Kinds.typeName}/Unary`
    const call = idle.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' })
    call.resume().end(Buffer.alloc(5))
    await once(call, 'close')
    await once(idle, 'close')
    const next = busy.next()
    expect(await Promise.race([next, new Promise((resolve) => setImmediate(resolve, 'open'))])).toBe('open')
    next.catch(() => {})
    never.reject(new Error('the test is over'))
  })

  test('serves a client whose first bytes come one by one', async () => {
    const { port } = await start(name, [])
    const socket = open(port)
    socket.setNoDelay(true)
    // The preface, then an empty frame of settings.
    const hello = Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
    ])
    for (const byte of hello) {
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve))
      await new Promise(setImmediate)
    }
    const [answer] = (await once(socket, 'data')) as [Buffer]
    // The server's own frame of settings.
    expect(answer[3]).toBe(4)
  })
})

test.each([
  ['HTTP/2', greedyCalls('/test.v1.Kinds/ServerStream', 1)],
  [
    'HTTP/1.1',
    Buffer.concat([
      Buffer.from(
        'POST /test.v1.Kinds/ServerStream HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+proto\r\n',
      ),
      Buffer.from('content-length: 5\r\n\r\n'),
      framed(Buffer.alloc(0)),
    ]),
  ],
])(
  'cuts off a client that reads nothing of its answers, and none that has nothing to read, over %s',
  async (_version, bytes) => {
    const stalled = Promise.withResolvers<AbortSignal>()
    const chunk = encodedMessage(BlobSchema, Buffer.alloc(1024 * 1024))
    const services = [
      bind(Kinds, {
        async *serverStream(_request, { signal }) {
          stalled.resolve(signal)
          for (;;) yield chunk
        },
        async get() {
          const signal = await stalled.promise
          if (!signal.aborted) await once(signal, 'abort')
          return { text: 'quiet' }
        },
      }),
    ]
    const { port, url, logged } = await start('http', services, { keepaliveTimeMs: 50, keepaliveTimeoutMs: 500 })
    const quiet = ARRIVALS.map((wire) => clientOf(Kinds, wire, url).get({}))
    const socket = open(port)
    socket.write(bytes)
    for (const call of quiet) expect((await call).text).toBe('quiet')
    expect(logged).toEqual([])
  },
)

/** One for each way in which a request can arrive. */
const ARRIVALS = WIRES.filter(({ name }) => ['gRPC over HTTP', 'Connect, HTTP/1.1', 'Connect, HTTP/2'].includes(name))
const GETS = WIRES.filter(({ name }) => name.startsWith('GET'))

/** Sends half of a request and no more, and resolves with how it failed once the connection is cut off. */
async function failureOfHalf(port: number): Promise<{ status: string; reason: string | undefined }> {
  const socket = open(port)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).write(HALF_A_REQUEST)
  await once(socket, 'close')
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  const failure = connectFailure({ headers: {}, trailers: {}, body: Buffer.from(body) })
  return { status: head.split(' ')[1] ?? '', reason: failure.info?.reason }
}

test('tells a client that does not finish its request so, and cuts it off, over either HTTP', async () => {
  const { port, url } = await start('http', [bind(Kinds, { unary: () => ({}) })], { requestTimeoutMs: 50 })
  expect(await failureOfHalf(port)).toEqual({ status: '504', reason: 'ERROR_REASON_DEADLINE_EXCEEDED' })

  const session = connectHttp2(url)
  onTestFinished(() => session.destroy())
  session.on('error', () => {})
  const headers = { ':method': 'POST', ':path': '/test.v1.Kinds/Unary', 'content-type': 'application/json' }
  const stream = session.request(headers)
  stream.on('error', () => {})
  let body = ''
  stream.on('data', (chunk: Buffer) => {
    body += chunk
  })
  stream.write('{"te')
  await once(stream, 'close')
  const failure = connectFailure({ headers: {}, trailers: {}, body: Buffer.from(body) })
  expect(failure).toMatchObject({
    message: 'the request did not arrive whole within 50 ms',
    info: { reason: 'ERROR_REASON_DEADLINE_EXCEEDED' },
  })
})

test('cuts off a client that sends without end what nobody asked for', async () => {
  const { port } = await start('http', [], { requestTimeoutMs: 50 })
  for (const method of ['GET', 'POST']) {
    const socket = open(port)
    const closed = once(socket, 'close')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write(`${method} /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf`)
    await closed
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 404 /)
  }
})

test.each(ARRIVALS)('leaves a stream of requests all the time it takes: $name', async (wire) => {
  const begun = Promise.withResolvers<void>()
  const services = [
    bind(Kinds, {
      unary: () => ({}),
      async clientStream(requests) {
        let text = ''
        for await (const request of requests) {
          text += request.text
          begun.resolve()
        }
        return { text }
      },
      async *bidi(requests) {
        for await (const request of requests) yield request
      },
    }),
  ]
  const { port, url, logged } = await start('http', services, { requestTimeoutMs: 50 })
  const client = clientOf(Kinds, wire, url)
  async function* slow(begins: Promise<unknown>) {
    yield { text: 'a' }
    await begins
    // Begun later and cut off by now, so a timer of this call would have ended it, too.
    await failureOfHalf(port)
    yield { text: 'b' }
  }
  expect((await client.clientStream(slow(begun.promise))).text).toBe('ab')
  if (wire.httpVersion === '2') {
    const echoed = Promise.withResolvers<void>()
    const texts: string[] = []
    for await (const { text } of client.bidi(slow(echoed.promise))) {
      texts.push(text)
      echoed.resolve()
    }
    expect(texts).toEqual(['a', 'b'])
  }
  expect(logged).toEqual([])
})

test.each([...ARRIVALS, ...GETS])('leaves a handler all the time it takes: $name', async (wire) => {
  let port = 0
  const services = [
    bind(Kinds, {
      unary: () => ({}),
      async get() {
        await failureOfHalf(port)
        return { text: 'late' }
      },
    }),
  ]
  const server = await start('http', services, { requestTimeoutMs: 50 })
  port = server.port
  expect((await clientOf(Kinds, wire, server.url).get({})).text).toBe('late')
})

test.each([
  ['is done with', 0],
  ['takes back', 8],
])('a stream that a client %s while it is written is no fault of the server', async (_what, code) => {
  const ended = Promise.withResolvers<void>()
  const chunk = encodedMessage(BlobSchema, Buffer.alloc(64 * 1024))
  const services = [
    bind(Kinds, {
      unary: () => ({}),
      async *serverStream() {
        try {
          for (;;) yield chunk
        } finally {
          ended.resolve()
        }
      },
    }),
  ]
  const { listener, url, logged } = await start('http', services)
  const session = connectHttp2(url)
  onTestFinished(() => session.destroy())
  session.on('error', () => {})
  const stream = session.request({
    ':method': 'POST',
    ':path': '/test.v1.Kinds/ServerStream',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  stream.on('error', () => {})
  stream.end(framed(Buffer.alloc(0)))
  await once(stream, 'data')
  stream.close(code)
  await ended.promise
  await listener.drain(NEVER_MS)
  expect(logged).toEqual([])
})

test('a client that goes away amid its request is no fault of the server', async () => {
  const { listener, port, url, logged } = await start('http', [bind(Kinds, { unary: () => ({}) })])
  const socket = open(port)
  await new Promise((resolve) => socket.write(HALF_A_REQUEST, resolve))
  // Answered on another connection, so the half request has been read.
  await fetch(`${url}/healthz`)
  socket.destroy()
  await listener.drain(NEVER_MS)
  await new Promise(setImmediate)
  expect(logged).toEqual([])
})
