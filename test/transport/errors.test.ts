import { gzipSync } from 'node:zlib'
import { create, toBinary } from '@bufbuild/protobuf'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import { describe, expect, test } from 'vitest'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { ChatApiError, invalidFields } from '../../src/domain/errors.ts'
import { encodedMessage } from '../../src/wire/encoded.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { Absent, BlobSchema, Kinds } from './kinds.ts'
import { connectFailure, framed, grpcFailure, post1, post2 } from './raw.ts'
import { clientOf, collect, LISTENERS, MAX_MESSAGE_BYTES, start, WIRES, type Wire } from './wires.ts'

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConnectError)
  return error as ConnectError
}

function reasonOf(error: ConnectError): string | undefined {
  return error.findDetails(ErrorInfoSchema)[0]?.reason
}

async function serve(wire: Wire, implementation: Partial<ServiceImpl<typeof Kinds>>) {
  const server = await start(wire.listener, [bind(Kinds, implementation)])
  return { ...server, client: clientOf(Kinds, wire, server.url) }
}

describe.each(WIRES)('$name', (wire) => {
  test('carries the details of an error, of a call and of a stream', async () => {
    const violations = [{ field: 'activities[3].platform', description: 'must not be empty: ä' }]
    const { client, logged } = await serve(wire, {
      unary() {
        throw invalidFields(violations)
      },
      async get({ text }) {
        throw new ChatApiError('STREAM_NOT_FOUND', `no ${text}`, { metadata: { stream_id: text } })
      },
      // biome-ignore lint/correctness/useYield: fails at once
      async *serverStream() {
        throw new ChatApiError('STORE_UNAVAILABLE', 'away', { retryAfterMs: 1500 })
      },
    })

    const invalid = await failureOf(client.unary({}))
    expect(invalid.code).toBe(Code.InvalidArgument)
    expect(invalid.rawMessage).toBe('activities[3].platform: must not be empty: ä')
    expect(invalid.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: 'ERROR_REASON_INVALID_FIELD', domain: 'chatapi.v1' },
    ])
    expect(invalid.findDetails(BadRequestSchema)).toMatchObject([{ fieldViolations: violations }])

    const missing = await failureOf(client.get({ text: 'x y' }))
    expect(missing.code).toBe(Code.NotFound)
    expect(missing.findDetails(ErrorInfoSchema)[0]?.metadata).toEqual({ stream_id: 'x y' })

    const away = await failureOf(collect(client.serverStream({})))
    expect(away.code).toBe(Code.Unavailable)
    expect(away.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({ seconds: 1n, nanos: 500_000_000 })
    expect(logged).toEqual([])
  })

  test('keeps the text of an unknown failure to the log', async () => {
    const { client, logged } = await serve(wire, {
      unary() {
        throw new Error('the password is 123', { cause: new Error('the cause') })
      },
    })
    const error = await failureOf(client.unary({}))
    expect(error.code).toBe(Code.Internal)
    expect(reasonOf(error)).toBe('ERROR_REASON_INTERNAL')
    expect(JSON.stringify(error)).not.toContain('password')
    const errorId = error.findDetails(ErrorInfoSchema)[0]?.metadata.error_id
    expect(errorId).toMatch(/^[0-9a-f-]{36}$/)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatchObject({ error_id: errorId, err: { message: expect.stringContaining('password') } })
    expect(JSON.stringify(logged)).toContain('the cause')
  })

  test('refuses a request over the limit and serves on', async () => {
    const { client } = await serve(wire, { unary: () => ({}), serverStream: async function* () {} })
    const text = 'x'.repeat(MAX_MESSAGE_BYTES)
    for (const call of [() => client.unary({ text }), () => collect(client.serverStream({ text }))]) {
      const error = await failureOf(call())
      expect(error.code).toBe(Code.ResourceExhausted)
      expect(reasonOf(error)).toBe('ERROR_REASON_MESSAGE_TOO_LARGE')
      expect(error.rawMessage).toContain(String(MAX_MESSAGE_BYTES))
    }
    await client.unary({})
  })

  test('refuses an answer over the limit, and sends one of just the limit', async () => {
    const text = 'x'.repeat(MAX_MESSAGE_BYTES - 5)
    const bytes = toBinary(BlobSchema, create(BlobSchema, { text }))
    expect(bytes.byteLength).toBe(MAX_MESSAGE_BYTES)
    const { client } = await serve(wire, {
      unary: ({ size }) => ({ text: 'x'.repeat(size) }),
      get: () => encodedMessage(BlobSchema, bytes),
      async *serverStream() {
        yield { text: 'x'.repeat(MAX_MESSAGE_BYTES) }
      },
    })
    expect((await client.get({})).text).toHaveLength(text.length)
    const tooLarge = () => client.unary({ size: MAX_MESSAGE_BYTES - 4 })
    for (const call of [tooLarge, () => collect(client.serverStream({}))]) {
      const error = await failureOf(call())
      expect(error.code).toBe(Code.ResourceExhausted)
      expect(reasonOf(error)).toBe('ERROR_REASON_MESSAGE_TOO_LARGE')
    }
  })

  test('refuses methods and services that it does not have', async () => {
    const { url } = await serve(wire, { unary: () => ({}) })
    const calls = [
      () => clientOf(Kinds, wire, url).get({}),
      () => collect(clientOf(Kinds, wire, url).serverStream({})),
      () => clientOf(Absent, wire, url).unary({}),
    ]
    for (const call of calls) {
      const error = await failureOf(call())
      expect(error.code).toBe(Code.Unimplemented)
      expect(reasonOf(error)).toBe('ERROR_REASON_UNKNOWN_METHOD')
    }
  })
})

const MALFORMED = [
  ['bytes that are no protobuf', Buffer.from([0xff, 0xff]), 'Blob'],
  ['a truncated field', Buffer.from([10, 5, 65]), 'Blob'],
  ['text that is not UTF-8', Buffer.from([10, 2, 0xff, 0xfe]), 'utf-8'],
] as const

describe.each(LISTENERS)('gRPC on the %s listener', (name) => {
  const headers = { 'content-type': 'application/grpc', te: 'trailers' }
  const serveKinds = () =>
    start(name, [
      bind(Kinds, { unary: () => ({}), get: () => new Promise(() => {}), serverStream: async function* () {} }),
    ])

  test.each(MALFORMED)('refuses %s', async (_what, bytes, hint) => {
    const { url } = await serveKinds()
    for (const path of ['/test.v1.Kinds/Unary', '/test.v1.Kinds/ServerStream']) {
      const { code, message, info } = grpcFailure(await post2(url, path, headers, framed(bytes)))
      expect({ code, reason: info?.reason }).toEqual({
        code: Code.InvalidArgument,
        reason: 'ERROR_REASON_MALFORMED_REQUEST',
      })
      expect(message).toContain(hint)
    }
    expect(grpcFailure(await post2(url, '/test.v1.Kinds/Unary', headers, framed(Buffer.alloc(0)))).code).toBe(0)
  })

  test('reads compressed requests, and refuses what does not decompress or in a way it does not know', async () => {
    const { url } = await serveKinds()
    const gzip = { ...headers, 'grpc-encoding': 'gzip' }
    const body = framed(gzipSync(toBinary(BlobSchema, create(BlobSchema, { text: 'a' }))), 1)
    expect(grpcFailure(await post2(url, '/test.v1.Kinds/Unary', gzip, body)).code).toBe(0)
    const broken = grpcFailure(await post2(url, '/test.v1.Kinds/Unary', gzip, framed(Buffer.from('no gzip'), 1)))
    expect(broken).toMatchObject({ code: Code.InvalidArgument, info: { reason: 'ERROR_REASON_MALFORMED_REQUEST' } })
    const bomb = framed(gzipSync(Buffer.alloc(MAX_MESSAGE_BYTES + 1)), 1)
    const exploded = grpcFailure(await post2(url, '/test.v1.Kinds/Unary', gzip, bomb))
    expect(exploded).toMatchObject({
      code: Code.ResourceExhausted,
      info: { reason: 'ERROR_REASON_MESSAGE_TOO_LARGE' },
    })
    const unknown = await post2(url, '/test.v1.Kinds/Unary', { ...headers, 'grpc-encoding': 'zstd' }, body)
    expect(grpcFailure(unknown)).toMatchObject({
      code: Code.Unimplemented,
      info: { reason: 'ERROR_REASON_UNSUPPORTED_COMPRESSION' },
    })
  })

  test('refuses an unreadable deadline', async () => {
    const { url } = await serveKinds()
    const answer = await post2(
      url,
      '/test.v1.Kinds/Unary',
      { ...headers, 'grpc-timeout': 'soon' },
      framed(Buffer.alloc(0)),
    )
    expect(grpcFailure(answer)).toMatchObject({
      code: Code.InvalidArgument,
      info: { reason: 'ERROR_REASON_MALFORMED_REQUEST' },
    })
  })

  test('answers itself when a deadline passes', async () => {
    const { url, logged } = await serveKinds()
    const answer = await post2(
      url,
      '/test.v1.Kinds/Get',
      { ...headers, 'grpc-timeout': '20m' },
      framed(Buffer.alloc(0)),
    )
    expect(grpcFailure(answer)).toMatchObject({
      code: Code.DeadlineExceeded,
      message: 'the deadline of the call passed',
      info: { reason: 'ERROR_REASON_DEADLINE_EXCEEDED' },
    })
    expect(logged).toEqual([])
  })
})

describe.each([
  ['HTTP/1.1', post1],
  ['HTTP/2', post2],
] as const)('Connect over %s', (_name, post) => {
  const serveKinds = () => start('http', [bind(Kinds, { unary: () => ({}), get: () => new Promise(() => {}) })])

  test.each(MALFORMED)('refuses %s', async (_what, bytes, hint) => {
    const { url } = await serveKinds()
    const answer = await post(url, '/test.v1.Kinds/Unary', { 'content-type': 'application/proto' }, bytes)
    const { code, message, info } = connectFailure(answer)
    expect({ code, reason: info?.reason }).toEqual({
      code: 'invalid_argument',
      reason: 'ERROR_REASON_MALFORMED_REQUEST',
    })
    expect(message).toContain(hint)
  })

  test.each([
    ['text that is no JSON', '{"text"', 'JSON'],
    ['nothing', '', 'JSON'],
    ['a list', '[]', 'object'],
    ['a value of the wrong type', '{"size":"many"}', '"size"'],
    ['a fraction for a whole number', '{"size":1.5}', '"size"'],
    ['a number too large', '{"size":4294967296}', '"size"'],
    ['an object for text', '{"text":{}}', '"text"'],
    ['a field that does not exist', '{"text":"a","sise":1}', '"sise"'],
    ['text that is not UTF-8', Buffer.from([...Buffer.from('{"text":"'), 0xff, ...Buffer.from('"}')]), 'utf-8'],
  ])('refuses %s and says where', async (_what, json, hint) => {
    const { url } = await serveKinds()
    const answer = await post(url, '/test.v1.Kinds/Unary', { 'content-type': 'application/json' }, Buffer.from(json))
    const { code, message, info } = connectFailure(answer)
    expect({ status: answer.headers[':status'], code, reason: info?.reason }).toEqual({
      status: 400,
      code: 'invalid_argument',
      reason: 'ERROR_REASON_MALFORMED_REQUEST',
    })
    expect(message).toContain(hint)
  })

  test('answers itself when a deadline passes', async () => {
    const { url, logged } = await serveKinds()
    const headers = { 'content-type': 'application/json', 'connect-timeout-ms': '20' }
    const { code, info } = connectFailure(await post(url, '/test.v1.Kinds/Get', headers, Buffer.from('{}')))
    expect({ code, reason: info?.reason }).toEqual({
      code: 'deadline_exceeded',
      reason: 'ERROR_REASON_DEADLINE_EXCEEDED',
    })
    expect(logged).toEqual([])
  })

  test('reads compressed requests', async () => {
    const { url } = await serveKinds()
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const answer = await post(url, '/test.v1.Kinds/Unary', headers, gzipSync('{"text":"a"}'))
    expect({ status: answer.headers[':status'], body: answer.body.toString() }).toEqual({ status: 200, body: '{}' })
    const bomb = await post(url, '/test.v1.Kinds/Unary', headers, gzipSync(' '.repeat(MAX_MESSAGE_BYTES + 1)))
    expect(connectFailure(bomb)).toMatchObject({
      code: 'resource_exhausted',
      info: { reason: 'ERROR_REASON_MESSAGE_TOO_LARGE' },
    })
  })

  test('refuses other content types in words', async () => {
    const { url } = await serveKinds()
    const answer = await post(url, '/test.v1.Kinds/Unary', { 'content-type': 'text/plain' }, Buffer.from('{}'))
    expect(answer.headers[':status']).toBe(415)
    expect(connectFailure(answer)).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('application/json'),
      info: { reason: 'ERROR_REASON_MALFORMED_REQUEST', domain: 'chatapi.v1' },
    })
  })

  test.each(['text/plain', 'application/json'])(
    'refuses an unknown method whatever is sent, as in %s',
    async (type) => {
      const { url } = await serveKinds()
      const answer = await post(url, '/test.v1.Kinds/Nothing', { 'content-type': type }, Buffer.from('{}'))
      expect(answer.headers[':status']).toBe(404)
      expect(connectFailure(answer)).toMatchObject({
        code: 'unimplemented',
        message: 'the service has no method /test.v1.Kinds/Nothing',
        info: { reason: 'ERROR_REASON_UNKNOWN_METHOD' },
      })
    },
  )
})

test.each([
  ['grpc', 'text/plain'],
  ['grpc', 'application/grpc+foo'],
  ['http', 'application/grpc+foo'],
  ['http', 'application/grpc-web+foo'],
] as const)('the %s listener refuses %s in plain text: who speaks gRPC reads no JSON', async (listener, type) => {
  const { url } = await start(listener, [bind(Kinds, { unary: () => ({}) })])
  const answer = await post2(url, '/test.v1.Kinds/Unary', { 'content-type': type }, framed(Buffer.alloc(0)))
  expect(answer.headers).toMatchObject({ ':status': 415, 'content-type': 'text/plain; charset=utf-8' })
  expect(answer.body.toString()).toContain('application/grpc+proto')
})

async function httpFailure(response: Response) {
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, ...connectFailure({ headers: {}, trailers: {}, body }) }
}

test('refuses another HTTP method with the details of the contract', async () => {
  const { url } = await start('http', [bind(Kinds, { unary: () => ({}) })])
  const response = await fetch(`${url}/test.v1.Kinds/Unary`)
  expect(await httpFailure(response)).toMatchObject({
    status: 405,
    code: 'invalid_argument',
    info: { reason: 'ERROR_REASON_MALFORMED_REQUEST' },
  })
  expect(await httpFailure(await fetch(`${url}/test.v1.Kinds/Nothing`))).toMatchObject({
    status: 404,
    code: 'unimplemented',
    info: { reason: 'ERROR_REASON_UNKNOWN_METHOD' },
  })
})

test.each([
  ['text that is not UTF-8', 'encoding=json&message=%7B%22text%22%3A%22%FF%22%7D', 'utf-8'],
  ['a percent sign without a number', 'encoding=json&message=%7B%22text%22%3A%22%zz%22%7D', '%zz'],
  ['a percent sign at the end', 'encoding=json&message=%7B%7D%', '%'],
  ['what is not in base64', 'encoding=json&base64=1&message=e30*', 'base64'],
])('refuses a GET with %s', async (_what, query, hint) => {
  const { url } = await start('http', [bind(Kinds, { get: (request) => request })])
  expect(await httpFailure(await fetch(`${url}/test.v1.Kinds/Get?connect=v1&${query}`))).toMatchObject({
    status: 400,
    code: 'invalid_argument',
    message: expect.stringContaining(hint),
    info: { reason: 'ERROR_REASON_MALFORMED_REQUEST' },
  })
})

test.each([
  'message=%7B%22text%22%3A%22%C3%A4+%2B%22%7D',
  'message=%7B"text":"ä+%2B"}',
  `base64=1&message=${Buffer.from('{"text":"ä +"}').toString('base64url')}`,
  `base64=1&message=${encodeURIComponent(Buffer.from('{"text":"ä +"}').toString('base64'))}`,
])('reads a GET with %s', async (query) => {
  const { url } = await start('http', [bind(Kinds, { get: (request) => request })])
  const response = await fetch(`${url}/test.v1.Kinds/Get?connect=v1&encoding=json&${query}`)
  expect(await response.json()).toEqual({ text: 'ä +' })
})

test('refuses a malformed GET', async () => {
  const { url } = await start('http', [bind(Kinds, { get: () => ({}) })])
  const query = new URLSearchParams({ connect: 'v1', encoding: 'json', message: '{"sise":1}' })
  const response = await fetch(`${url}/test.v1.Kinds/Get?${query}`)
  expect(response.status).toBe(400)
  const body = Buffer.from(await response.arrayBuffer())
  expect(connectFailure({ headers: {}, trailers: {}, body })).toMatchObject({
    message: expect.stringContaining('"sise"'),
    info: { reason: 'ERROR_REASON_MALFORMED_REQUEST' },
  })
})
