import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { ChatApiError } from '../../src/domain/errors.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { type Line, recordedLog } from '../support/log.ts'
import { Kinds } from './kinds.ts'
import { clientOf, collect, type ListenerName, start, WIRES } from './wires.ts'

const TEXT = 'twelve bytes'

async function* two() {
  yield { text: TEXT }
  yield { text: TEXT }
}

/** A listener with a log of this level. */
async function serve(listener: ListenerName, level: 'debug' | 'info') {
  const { log, lines } = recordedLog({ level })
  const started = Promise.withResolvers<void>()
  const service = bind(
    Kinds,
    {
      unary({ text }) {
        if (text === '') throw new ChatApiError('STREAM_NOT_FOUND', 'there is none')
        return { text }
      },
      get: ({ text }) => ({ text }),
      async *serverStream({ text }, { signal }) {
        yield { text }
        yield { text }
        if (text !== '') return
        started.resolve()
        await once(signal, 'abort')
      },
      async clientStream(requests) {
        let text = ''
        for await (const request of requests) text = request.text
        return { text }
      },
    },
    {
      gate({ requestHeader }) {
        if (requestHeader.has('x-stranger')) throw new ChatApiError('UNAUTHENTICATED', 'who asks?')
      },
    },
  )
  const options = { log, corsOrigins: ['https://page.example'] }
  return { ...(await start(listener, [service], options)), lines, started: started.promise }
}

const ANSWERED = {
  level: 20,
  msg: 'call',
  code: 'ok',
  ms: expect.any(Number),
  request_bytes: expect.any(Number),
  answer_bytes: expect.any(Number),
  peer: '127.0.0.1',
}

function protocolOf(wire: string): string {
  return wire.startsWith('gRPC-Web') ? 'grpc-web' : wire.startsWith('gRPC') ? 'grpc' : 'connect'
}

describe.each(WIRES)('$name', (wire) => {
  test('tells of each call who made it, what came of it, and how much it was', async () => {
    const { lines, url } = await serve(wire.listener, 'debug')
    const client = clientOf(Kinds, wire, url)
    await client.unary({ text: TEXT })
    await client.get({ text: TEXT })
    await collect(client.serverStream({ text: TEXT }))
    await client.clientStream(two())
    await expect(client.unary({})).rejects.toThrow('there is none')
    await expect(client.unary({}, { headers: { 'x-stranger': 'yes' } })).rejects.toThrow('who asks?')
    const call = { ...ANSWERED, protocol: protocolOf(wire.name) }
    expect(lines.map(({ time: _time, ...line }) => line)).toEqual([
      expect.objectContaining({ ...call, method: 'test.v1.Kinds/Unary' }),
      expect.objectContaining({ ...call, method: 'test.v1.Kinds/Get' }),
      expect.objectContaining({ ...call, method: 'test.v1.Kinds/ServerStream' }),
      expect.objectContaining({ ...call, method: 'test.v1.Kinds/ClientStream' }),
      expect.objectContaining({ ...call, method: 'test.v1.Kinds/Unary', code: 'not_found', answer_bytes: 0 }),
      expect.objectContaining({ ...call, method: 'test.v1.Kinds/Unary', code: 'unauthenticated', answer_bytes: 0 }),
    ])
    const bytesOf = (line: Line | undefined) => [Number(line?.request_bytes), Number(line?.answer_bytes)]
    for (const line of lines.slice(0, 4)) for (const bytes of bytesOf(line)) expect(bytes).toBeGreaterThan(TEXT.length)
    expect(bytesOf(lines[2])[1]).toBe(2 * bytesOf(lines[0])[1]!)
    expect(bytesOf(lines[3])[0]).toBeGreaterThan(2 * TEXT.length)
  })

  test('tells of a call that its client took back', async () => {
    const { lines, url, started } = await serve(wire.listener, 'debug')
    const caller = new AbortController()
    const stream = clientOf(Kinds, wire, url).serverStream({}, { signal: caller.signal })[Symbol.asyncIterator]()
    await stream.next()
    await started
    caller.abort()
    await expect(stream.next()).rejects.toThrow()
    await expect.poll(() => lines).toMatchObject([{ method: 'test.v1.Kinds/ServerStream', code: 'canceled' }])
  })

  test('tells nothing of calls where the log is for less', async () => {
    const { lines, url } = await serve(wire.listener, 'info')
    const client = clientOf(Kinds, wire, url)
    await client.unary({ text: TEXT })
    await collect(client.serverStream({ text: TEXT }))
    await expect(client.unary({})).rejects.toThrow()
    expect(lines).toEqual([])
  })
})

test('tells of requests that are no calls', async () => {
  const { lines, url } = await serve('http', 'debug')
  await fetch(`${url}/healthz`)
  await fetch(`${url}/nowhere?secret=1`)
  await fetch(`${url}/test.v1.Kinds/Unary`, { method: 'PUT' })
  await fetch(`${url}/test.v1.Kinds/Nothing`, { method: 'POST', headers: { 'content-type': 'application/json' } })
  await fetch(`${url}/healthz`, { headers: { origin: 'https://elsewhere.example' } })
  const preflight = { origin: 'https://page.example', 'access-control-request-method': 'POST' }
  await fetch(`${url}/test.v1.Kinds/Unary`, { method: 'OPTIONS', headers: preflight })
  const request = { level: 20, msg: 'request', peer: '127.0.0.1' }
  expect(lines).toMatchObject([
    { ...request, method: 'GET', path: '/healthz', status: 200 },
    { ...request, method: 'GET', path: '/nowhere', status: 404 },
    { ...request, method: 'PUT', path: '/test.v1.Kinds/Unary', status: 405 },
    { ...request, method: 'POST', path: '/test.v1.Kinds/Nothing', status: 404 },
    { ...request, method: 'GET', path: '/healthz', status: 403 },
    { ...request, method: 'OPTIONS', path: '/test.v1.Kinds/Unary', status: 204 },
  ])
  expect(JSON.stringify(lines)).not.toContain('secret')
})

test('shows no more of a path than fits a line', async () => {
  const { lines, url } = await serve('http', 'debug')
  await fetch(`${url}/${'a'.repeat(5_000)}`)
  expect(String(lines[0]?.path)).toHaveLength(200)
})
