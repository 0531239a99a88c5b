import { create, toBinary } from '@bufbuild/protobuf'
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodedMessage } from '../../src/wire/encoded.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { BlobSchema, Kinds } from './kinds.ts'
import { clientOf, collect, start, WIRES, type Wire } from './wires.ts'

async function serve(wire: Wire, implementation: Partial<ServiceImpl<typeof Kinds>>) {
  const server = await start(wire.listener, [bind(Kinds, implementation)])
  return { ...server, client: clientOf(Kinds, wire, server.url) }
}

/** Resolves with the context that the handler of a call got. */
function contextTrap() {
  const { promise, resolve } = Promise.withResolvers<HandlerContext>()
  return { context: promise, trap: resolve }
}

function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(signal.reason)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
}

describe.each(WIRES)('$name', (wire) => {
  test('answers a call, from a handler that waits and from one that does not', async () => {
    const { client } = await serve(wire, {
      unary: ({ text }) => ({ text: `now ${text}` }),
      get: async ({ text }) => ({ text: `later ${text}` }),
    })
    expect((await client.unary({ text: 'ä \u{1f600}' })).text).toBe('now ä \u{1f600}')
    expect((await client.get({ text: 'b' })).text).toBe('later b')
    expect((await client.unary({})).text).toBe('now ')
  })

  test('answers with a message that is encoded already', async () => {
    const bytes = toBinary(BlobSchema, create(BlobSchema, { text: 'kept', size: 7 }))
    const { client } = await serve(wire, {
      unary: () => encodedMessage(BlobSchema, bytes),
      get: () => encodedMessage(BlobSchema, new Uint8Array(0)),
      async *serverStream() {
        yield encodedMessage(BlobSchema, bytes)
      },
    })
    expect(await client.unary({})).toMatchObject({ text: 'kept', size: 7 })
    expect(await client.get({})).toMatchObject({ text: '', size: 0 })
    expect(await collect(client.serverStream({}))).toMatchObject([{ text: 'kept', size: 7 }])
  })

  test('passes headers and trailers, binary ones too', async () => {
    const binary = Buffer.from([0, 255, 44, 7]).toString('base64').replace(/=+$/, '')
    const { client } = await serve(wire, {
      unary(_request, context) {
        context.responseHeader.set('x-told', context.requestHeader.get('x-asked') ?? 'nothing')
        context.responseHeader.set('x-told-bin', context.requestHeader.get('x-asked-bin') ?? '')
        context.responseTrailer.set('x-last', 'bye')
        return {}
      },
    })
    const seen: { told?: string | null; bytes?: string | undefined; last?: string | null } = {}
    await client.unary(
      {},
      {
        headers: { 'x-asked': 'something', 'x-asked-bin': binary },
        onHeader: (header) => {
          seen.told = header.get('x-told')
          seen.bytes = header.get('x-told-bin')?.replace(/=+$/, '')
        },
        onTrailer: (trailer) => {
          seen.last = trailer.get('x-last')
        },
      },
    )
    expect(seen).toEqual({ told: 'something', bytes: binary, last: 'bye' })
  })

  test('streams answers as they come', async () => {
    const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { client } = await serve(wire, {
      async *serverStream({ text }) {
        yield { text: `${text} 1` }
        await steps[0]?.promise
        yield { text: `${text} 2` }
        await steps[1]?.promise
      },
    })
    const answers = client.serverStream({ text: 'a' })[Symbol.asyncIterator]()
    expect((await answers.next()).value.text).toBe('a 1')
    steps[0]?.resolve()
    expect((await answers.next()).value.text).toBe('a 2')
    steps[1]?.resolve()
    expect((await answers.next()).done).toBe(true)
  })

  test('fails a stream behind the answers that came before', async () => {
    const { client } = await serve(wire, {
      async *serverStream() {
        yield { text: 'first' }
        throw new ConnectError('enough', Code.FailedPrecondition)
      },
    })
    const answers = client.serverStream({})[Symbol.asyncIterator]()
    expect((await answers.next()).value.text).toBe('first')
    await expect(answers.next()).rejects.toMatchObject({ code: Code.FailedPrecondition, rawMessage: 'enough' })
  })

  test('takes a stream of requests', async () => {
    const { client } = await serve(wire, {
      async clientStream(requests) {
        let text = ''
        for await (const request of requests) text += request.text
        return { text }
      },
    })
    async function* requests() {
      for (const text of ['a', 'b', 'c']) yield { text }
    }
    expect((await client.clientStream(requests())).text).toBe('abc')
  })

  test('talks both ways over HTTP/2, and says so where it cannot', async () => {
    const { client } = await serve(wire, {
      async *bidi(requests) {
        for await (const { text } of requests) yield { text: `${text}!` }
      },
    })
    async function* requests() {
      yield { text: 'a' }
      yield { text: 'b' }
    }
    const answers = collect(client.bidi(requests()))
    if (wire.httpVersion === '2') expect(await answers).toMatchObject([{ text: 'a!' }, { text: 'b!' }])
    else await expect(answers).rejects.toBeInstanceOf(ConnectError)
  })

  test('tells the handler of its deadline and ends it when that passes', async () => {
    const { context, trap } = contextTrap()
    const { client, logged } = await serve(wire, {
      unary(_request, given) {
        trap(given)
        return new Promise(() => {})
      },
    })
    const { signal, timeoutMs } = await (async () => {
      const call = client.unary({}, { timeoutMs: 200 })
      call.catch(() => {})
      await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded })
      return await context
    })()
    expect(timeoutMs()).toBeLessThanOrEqual(200)
    await aborted(signal)
    expect(signal.aborted).toBe(true)
    expect(logged).toEqual([])
  })

  test.each(['unary', 'stream'] as const)('tells the handler that the caller took a %s call back', async (kind) => {
    const { context, trap } = contextTrap()
    const { client, logged } = await serve(wire, {
      async unary(_request, given) {
        trap(given)
        await aborted(given.signal)
        given.signal.throwIfAborted()
        return {}
      },
      // biome-ignore lint/correctness/useYield: waits for the end
      async *serverStream(_request, given) {
        trap(given)
        await aborted(given.signal)
        given.signal.throwIfAborted()
      },
    })
    const caller = new AbortController()
    const call =
      kind === 'unary'
        ? client.unary({}, { signal: caller.signal })
        : collect(client.serverStream({}, { signal: caller.signal }))
    const failed = expect(call).rejects.toMatchObject({ code: Code.Canceled })
    const { signal } = await context
    expect(signal.aborted).toBe(false)
    caller.abort()
    await failed
    await aborted(signal)
    expect(logged).toEqual([])
  })
})

test('sends the headers of a stream that has nothing to tell yet', async () => {
  const grpc = WIRES[0] as Wire
  const { client } = await serve(grpc, {
    // biome-ignore lint/correctness/useYield: waits for the end
    async *serverStream(_request, { signal, responseHeader }) {
      responseHeader.set('x-watching', 'yes')
      await aborted(signal)
    },
  })
  const caller = new AbortController()
  const watching = new Promise((resolve) => {
    const options = { signal: caller.signal, onHeader: (header: Headers) => resolve(header.get('x-watching')) }
    collect(client.serverStream({}, options)).catch(() => {})
  })
  expect(await watching).toBe('yes')
  caller.abort()
})

test('sends the headers that a handler sets with the first request, however late that comes', async () => {
  const grpc = WIRES[0] as Wire
  const started = Promise.withResolvers<void>()
  const { client } = await serve(grpc, {
    async *bidi(requests, { responseHeader }) {
      started.resolve()
      for await (const { text } of requests) {
        responseHeader.set('x-first', text)
        yield {}
      }
    },
  })
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  async function* requests() {
    await started.promise
    vi.advanceTimersByTime(1_000)
    yield { text: 'late' }
  }
  let first: string | null = null
  const onHeader = (header: Headers) => {
    first = header.get('x-first')
  }
  await collect(client.bidi(requests(), { onHeader }))
  expect(first).toBe('late')
})
