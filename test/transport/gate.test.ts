import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, test } from 'vitest'
import { ChatApiError } from '../../src/domain/errors.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { Kinds } from './kinds.ts'
import { clientOf, collect, start, WIRES, type Wire } from './wires.ts'

const handlers = {
  unary: () => ({}),
  get: () => ({}),
  async *serverStream() {
    yield {}
  },
  async clientStream(requests: AsyncIterable<unknown>) {
    for await (const _request of requests);
    return {}
  },
  async *bidi(requests: AsyncIterable<unknown>) {
    for await (const _request of requests) yield {}
  },
}

async function* two() {
  yield { text: 'first' }
  yield { text: 'second' }
}

/** A call of each kind that the wire carries, by the name of its method. */
function callsOf(
  wire: Wire,
  url: string,
  headers: Record<string, string> = {},
): [name: string, call: () => Promise<unknown>][] {
  const client = clientOf(Kinds, wire, url)
  const text = 'first'
  return [
    ['Unary', () => client.unary({ text }, { headers })],
    ['Get', () => client.get({ text }, { headers })],
    ['ServerStream', () => collect(client.serverStream({ text }, { headers }))],
    ['ClientStream', () => client.clientStream(two(), { headers })],
    ...(wire.httpVersion === '2' ? [['Bidi', () => collect(client.bidi(two(), { headers }))] as const] : []),
  ] as [string, () => Promise<unknown>][]
}

describe.each(WIRES)('$name', (wire) => {
  test('asks the gate for every kind of method, with its headers, before anything of the request is looked at', async () => {
    const asked: string[] = []
    const checked: string[] = []
    const service = bind(Kinds, handlers, {
      gate({ method, requestHeader }) {
        asked.push(method.name)
        if (requestHeader.get('authorization') === null) throw new ChatApiError('UNAUTHENTICATED', 'who asks?')
      },
      check: ({ $typeName }) => void checked.push($typeName),
    })
    const { url } = await start(wire.listener, [service])
    const calls = callsOf(wire, url)
    for (const [, call] of calls) {
      const error = await call().catch((reason: unknown) => ConnectError.from(reason))
      expect(error).toMatchObject({ code: Code.Unauthenticated, rawMessage: 'who asks?' })
    }
    expect(asked).toEqual(calls.map(([name]) => name))
    expect(checked).toEqual([])
  })

  test('waits for a gate that takes its time, and loses nothing of what comes meanwhile', async () => {
    const service = bind(Kinds, handlers, {
      async gate({ requestHeader }) {
        for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate)
        if (requestHeader.get('authorization') === null) throw new ChatApiError('UNAUTHENTICATED', 'who asks?')
      },
      check(message) {
        const { text } = message as unknown as { text: string }
        if (text !== 'first' && text !== 'second') throw new ChatApiError('STREAM_NOT_FOUND', 'something is lost')
      },
    })
    const { url } = await start(wire.listener, [service])
    for (const [, call] of callsOf(wire, url)) {
      const error = await call().catch((reason: unknown) => ConnectError.from(reason))
      expect(error).toMatchObject({ code: Code.Unauthenticated, rawMessage: 'who asks?' })
    }
    const headers = { authorization: 'me' }
    for (const [, call] of callsOf(wire, url, headers)) await call()
  })

  test('checks every message of a request, and waits where the check does', async () => {
    const seen: string[] = []
    const service = bind(Kinds, handlers, {
      async check(message) {
        await new Promise(setImmediate)
        const { text } = message as unknown as { text: string }
        seen.push(text)
        if (text === 'second') throw new ChatApiError('STREAM_NOT_FOUND', 'no second')
      },
    })
    const { url } = await start(wire.listener, [service])
    const failed: string[] = []
    const calls = callsOf(wire, url)
    for (const [name, call] of calls) {
      await call().catch((reason: unknown) => {
        expect(ConnectError.from(reason).code).toBe(Code.NotFound)
        failed.push(name)
      })
    }
    const streams = calls.map(([name]) => name).filter((name) => name === 'ClientStream' || name === 'Bidi')
    expect(failed).toEqual(streams)
    expect(seen).toHaveLength(calls.length + streams.length)
  })
})
