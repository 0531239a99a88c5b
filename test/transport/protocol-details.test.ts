import { setImmediate as turn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { create, toBinary } from '@bufbuild/protobuf'
import { Code, encodeBinaryHeader } from '@connectrpc/connect'
import { describe, expect, test } from 'vitest'
import { bind } from '../../src/wire/service-binding.ts'
import { BlobSchema, Kinds } from './kinds.ts'
import { connectFailure, framed, grpcFailure, post2 } from './raw.ts'
import { clientOf, collect, LISTENERS, MAX_MESSAGE_BYTES, start, WIRES } from './wires.ts'

const grpc = { 'content-type': 'application/grpc', te: 'trailers' }
const path = '/test.v1.Kinds/Unary'

describe.each(WIRES)('$name', (wire) => {
  test('sends headers that a handler sets after it has waited', async () => {
    const services = [
      bind(Kinds, {
        async unary(_request, { responseHeader }) {
          await turn()
          responseHeader.set('x-late', 'unary')
          return {}
        },
        async *serverStream(_request, { responseHeader }) {
          await turn()
          responseHeader.set('x-late', 'stream')
          yield {}
        },
      }),
    ]
    const { url } = await start(wire.listener, services)
    const client = clientOf(Kinds, wire, url)
    const seen: (string | null)[] = []
    const onHeader = (header: Headers) => void seen.push(header.get('x-late'))
    await client.unary({}, { onHeader })
    await collect(client.serverStream({}, { onHeader }))
    expect(seen).toEqual(['unary', 'stream'])
  })

  test('answers the next call of a client whose request was far too large', async () => {
    const { url } = await start(wire.listener, [bind(Kinds, { unary: () => ({ text: 'served' }) })])
    const client = clientOf(Kinds, wire, url)
    for (const factor of [1.25, 3]) {
      const text = 'x'.repeat(MAX_MESSAGE_BYTES * factor)
      await expect(client.unary({ text })).rejects.toMatchObject({ code: Code.ResourceExhausted })
      expect((await client.unary({})).text).toBe('served')
    }
  })
})

describe.each(LISTENERS)('gRPC on the %s listener', (name) => {
  const binary = Uint8Array.of(1, 2, 3, 4)
  const services = [
    bind(Kinds, {
      unary(_request, { responseHeader, responseTrailer }) {
        responseHeader.set('x-bytes-bin', Buffer.from(binary).toString('base64'))
        responseTrailer.set('x-bytes-bin', Buffer.from(binary).toString('base64'))
        return {}
      },
    }),
  ]

  test('says nothing of a success but that it is one, and binary values without padding', async () => {
    const { url } = await start(name, services)
    const { headers, trailers } = await post2(url, path, grpc, framed(Buffer.alloc(0)))
    expect(trailers).toMatchObject({ 'grpc-status': '0', 'x-bytes-bin': encodeBinaryHeader(binary) })
    expect(trailers['grpc-message']).toBeUndefined()
    expect(headers['x-bytes-bin']).toBe('AQIDBA')
  })

  test.each([
    ['no message', Buffer.alloc(0), Code.Unimplemented],
    ['two messages', Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))]), Code.Unimplemented],
    ['half a message', Buffer.of(0, 0, 0, 0, 9, 1), Code.InvalidArgument],
    ['flags that nothing has', framed(Buffer.alloc(0), 0x40), Code.InvalidArgument],
    ['compression that is not named', framed(gzipSync(''), 1), Code.Internal],
  ])('refuses %s, and logs nothing', async (_what, body, code) => {
    const { url, logged } = await start(name, services)
    const failure = grpcFailure(await post2(url, path, grpc, body))
    expect(failure).toMatchObject({ code, info: { reason: 'ERROR_REASON_MALFORMED_REQUEST' } })
    expect(logged).toEqual([])
  })

  test('names compressions that it does not know as what they are', async () => {
    const { url } = await start(name, services)
    const failure = grpcFailure(
      await post2(url, path, { ...grpc, 'grpc-encoding': 'zstd' }, framed(Buffer.alloc(0), 1)),
    )
    expect(failure).toMatchObject({
      code: Code.Unimplemented,
      info: { reason: 'ERROR_REASON_UNSUPPORTED_COMPRESSION' },
    })
    expect(failure.message).toContain('gzip')
  })

  test('knows a deadline that has passed already', async () => {
    const { url, logged } = await start(name, services)
    const warnings: Error[] = []
    const onWarning = (warning: Error) => void warnings.push(warning)
    process.on('warning', onWarning)
    await post2(url, path, { ...grpc, 'grpc-timeout': '1n' }, framed(Buffer.alloc(0)))
    await turn()
    process.off('warning', onWarning)
    expect({ logged, warnings }).toEqual({ logged: [], warnings: [] })
  })
})

describe('a Connect call by GET', () => {
  const serve = () => start('http', [bind(Kinds, { get: (request) => request, unary: () => ({}) })])
  const message = gzipSync(toBinary(BlobSchema, create(BlobSchema, { text: 'small' }))).toString('base64url')

  test('may be compressed', async () => {
    const { url } = await serve()
    const query = `connect=v1&encoding=proto&base64=1&compression=gzip&message=${message}`
    const answer = await fetch(`${url}/test.v1.Kinds/Get?${query}`)
    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toContain('small')
  })

  test.each([
    ['a compression that nobody knows', 'encoding=proto&compression=br&message=', 501, 'UNSUPPORTED_COMPRESSION'],
    ['a format that nobody knows', 'encoding=xml&message=', 415, 'MALFORMED_REQUEST'],
    ['no format', 'message=', 400, 'MALFORMED_REQUEST'],
    ['no message', 'encoding=json', 400, 'MALFORMED_REQUEST'],
    ['another version of the protocol', 'connect=v2&encoding=json&message=%7B%7D', 400, 'MALFORMED_REQUEST'],
  ])('is refused for %s', async (_what, query, status, reason) => {
    const { url } = await serve()
    const answer = await fetch(`${url}/test.v1.Kinds/Get?${query}`)
    const body = Buffer.from(await answer.arrayBuffer())
    expect(answer.status).toBe(status)
    expect(connectFailure({ headers: {}, trailers: {}, body }).info?.reason).toBe(`ERROR_REASON_${reason}`)
  })

  test('is not for methods that may change something', async () => {
    const { url } = await serve()
    const answer = await fetch(`${url}/test.v1.Kinds/Unary?connect=v1&encoding=json&message=%7B%7D`)
    expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' })
  })
})

describe('gRPC-Web in text', () => {
  const services = [
    bind(Kinds, {
      unary: ({ text }) => ({ text: `${text}!` }),
      async *serverStream({ text }) {
        yield { text: `${text} 1` }
        yield { text: `${text} 2` }
      },
    }),
  ]
  const head = { 'content-type': 'application/grpc-web-text', accept: 'application/grpc-web-text' }
  const request = framed(toBinary(BlobSchema, create(BlobSchema, { text: 'a' })))

  /** The parts of an answer, each with padding of its own. */
  const decoded = (body: Buffer) =>
    Buffer.concat((body.toString().match(/[^=]+={0,2}/g) ?? []).map((part) => Buffer.from(part, 'base64'))).toString()

  test.each([
    ['whole', request.toString('base64')],
    ['in parts that are padded', request.subarray(0, 4).toString('base64') + request.subarray(4).toString('base64')],
  ])('takes a request %s, and answers in base64', async (_how, body) => {
    const { url } = await start('http', services)
    const unary = await post2(url, path, head, Buffer.from(body))
    expect(unary.headers['content-type']).toBe('application/grpc-web-text+proto')
    expect(decoded(unary.body)).toMatch(/a!.*grpc-status: 0/s)
    const stream = await post2(url, '/test.v1.Kinds/ServerStream', head, Buffer.from(body))
    expect(decoded(stream.body)).toMatch(/a 1.*a 2.*grpc-status: 0/s)
  })

  test.each([
    ['', '*'],
    ['at the end of much that is', `${'a'.repeat(1_000_000)}*`],
  ])('refuses what is no base64 %s', async (_where, text) => {
    const { url, logged } = await start('http', services)
    const { body } = await post2(url, path, head, Buffer.from(text))
    expect(decoded(body)).toContain('grpc-status: 3')
    expect(logged).toEqual([])
  })
})
