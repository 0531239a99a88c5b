import { create, createFileRegistry, type DescService } from '@bufbuild/protobuf'
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type Int64Value,
  MethodOptions_IdempotencyLevel,
} from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOver } from '../../clients/typescript/src/calls.ts'
import { connectWire } from '../../clients/typescript/src/connect-wire.ts'
import { grpcWire } from '../../clients/typescript/src/grpc-wire.ts'
import { methodFunctions } from '../../clients/typescript/src/methods.ts'
import type { CallOptions } from '../../clients/typescript/src/options.ts'
import type { Wire } from '../../clients/typescript/src/wire.ts'
import { Health, HealthCheckResponse_ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { failureOf } from './support/failure.ts'
import { startFakeService } from './support/fake-server.ts'
import { Server } from './support/server.ts'

/** Numbers in streams: what the contract has no call for yet. */
const Numbers = numbersService()

const GRPC = {
  ...{ userAgent: 'test', maxMessageBytes: 1_000_000, windowBytes: 65_535 },
  ...{ pingIntervalMs: 10_000, pingTimeoutMs: 10_000 },
}
const wires: { name: string; wire: (baseUrl: string) => Wire }[] = [
  { name: 'gRPC', wire: (baseUrl) => grpcWire(baseUrl, GRPC) },
  { name: 'Connect', wire: (baseUrl) => connectWire(createConnectTransport({ baseUrl, httpVersion: '2' })) },
  { name: 'gRPC-Web', wire: (baseUrl) => connectWire(createGrpcWebTransport({ baseUrl, httpVersion: '2' })) },
]

interface Numeric {
  readonly value: bigint
}
/** What `methodFunctions` would give for a service that generated code describes. */
interface NumbersClient {
  count(request: { value: bigint }, options?: CallOptions): AsyncIterable<Numeric>
  sum(requests: AsyncIterable<{ value: bigint }>, options?: CallOptions): Promise<Numeric>
}
interface NumbersServer {
  count?(request: Int64Value, context: HandlerContext): AsyncIterable<{ value: bigint }>
  sum?(requests: AsyncIterable<Int64Value>, context: HandlerContext): Promise<{ value: bigint }>
}

describe.each(wires)('a client over $name', ({ wire }) => {
  const defaults = { headers: {}, timeoutMs: 10_000, retry: true }
  const fakes: AsyncDisposable[] = []
  const open: Wire[] = []
  afterAll(async () => {
    for (const each of open) each.close()
    await Promise.all(fakes.map((fake) => fake[Symbol.asyncDispose]()))
  })

  function clientOf<S extends DescService>(service: S, baseUrl: string) {
    const opened = wire(baseUrl)
    open.push(opened)
    return methodFunctions<S['method']>(service.method, callsOver(opened, { ...defaults, baseUrl }))
  }

  async function numbers(implementation: NumbersServer) {
    const fake = await startFakeService(Numbers, implementation as never)
    fakes.push(fake)
    return { fake, client: clientOf(Numbers, `http://${fake.address}`) as unknown as NumbersClient }
  }

  describe('of a method that streams answers', () => {
    async function* upTo({ value }: Numeric) {
      for (let n = 1n; n <= value; n++) yield { value: n }
    }

    it('yields them in order', async () => {
      const { client, fake } = await numbers({ count: upTo })
      const seen: bigint[] = []
      for await (const { value } of client.count({ value: 100n })) seen.push(value)
      expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(i + 1)))
      const [headers] = fake.calls
      expect(headers!.get('grpc-timeout') ?? headers!.get('connect-timeout-ms')).toBeNull()
    })

    it('yields none where there is none', async () => {
      const { client } = await numbers({ count: upTo })
      expect(await Array.fromAsync(client.count({ value: 0n }))).toEqual([])
    })

    it('cancels the call when nobody reads on', async () => {
      const cancelled = Promise.withResolvers<void>()
      const { client } = await numbers({
        async *count(_, { signal }) {
          signal.addEventListener('abort', () => cancelled.resolve())
          for (let value = 0n; ; value++) yield { value }
        },
      })
      const seen: bigint[] = []
      for await (const { value } of client.count({ value: 0n })) if (seen.push(value) === 4) break
      await cancelled.promise
      expect(seen).toEqual([0n, 1n, 2n, 3n])
    })

    it('gives what was sent before a failure, and the failure', async () => {
      const { client, fake } = await numbers({
        async *count() {
          yield { value: 1n }
          throw new ConnectError('no more', Code.Unavailable)
        },
      })
      const iterator = client.count({ value: 2n })[Symbol.asyncIterator]()
      expect((await iterator.next()).value).toMatchObject({ value: 1n })
      expect(await failureOf(iterator.next())).toMatchObject({ code: 'UNAVAILABLE', method: 'Count' })
      expect(fake.calls, 'messages are not asked for twice').toHaveLength(1)
    })

    it('tries again until the first answer', async () => {
      let calls = 0
      const { client } = await numbers({
        async *count(request) {
          if (++calls < 3) throw new ConnectError('not yet', Code.Unavailable)
          yield* upTo(request)
        },
      })
      const seen: bigint[] = []
      for await (const { value } of client.count({ value: 2n })) seen.push(value)
      expect({ seen, calls }).toEqual({ seen: [1n, 2n], calls: 3 })
    })

    it('ends by a deadline of its own and by a signal', async () => {
      const { client } = await numbers({
        async *count(_, { signal }) {
          yield { value: 1n }
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        },
      })
      const late = client.count({ value: 1n }, { timeoutMs: 300 })[Symbol.asyncIterator]()
      await late.next()
      expect(await failureOf(late.next())).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
      const stop = new AbortController()
      const stopped = client.count({ value: 1n }, { signal: stop.signal })[Symbol.asyncIterator]()
      await stopped.next()
      const failure = failureOf(stopped.next())
      stop.abort('enough')
      expect(await failure).toMatchObject({ code: 'CANCELLED', cause: 'enough' })
    })
  })

  describe('of a method that streams requests', () => {
    async function sum(requests: AsyncIterable<Numeric>) {
      let value = 0n
      for await (const request of requests) value += request.value
      return { value }
    }

    it('sends them all and gives the answer', async () => {
      const { client } = await numbers({ sum })
      async function* requests() {
        for (let value = 1n; value <= 100n; value++) yield { value }
      }
      expect(await client.sum(requests())).toMatchObject({ value: 5_050n })
    })

    it('does not wait for requests once the server has failed', async () => {
      const { client } = await numbers({
        sum: () => Promise.reject(new ConnectError('enough', Code.FailedPrecondition)),
      })
      async function* requests() {
        yield { value: 1n }
        await new Promise<never>(() => {})
      }
      expect(await failureOf(client.sum(requests()))).toMatchObject({ code: 'FAILED_PRECONDITION', method: 'Sum' })
    })

    it('fails with what the requests fail with, once', async () => {
      const { client, fake } = await numbers({ sum })
      // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
      async function* requests(): AsyncGenerator<Numeric> {
        throw new Error('the file is gone')
      }
      const { message } = await failureOf(client.sum(requests()))
      expect(message).toContain('the file is gone')
      expect(fake.calls.length).toBeLessThanOrEqual(1)
    })
  })
})

describe('the health of a real server', () => {
  let server: Server
  beforeAll(async () => {
    server = await Server.start()
  }, 30_000)
  afterAll(() => server.stop())

  it.each(wires)('is watched over $name', async ({ name, wire }) => {
    const baseUrl = name === 'gRPC' ? `http://${server.grpc}` : server.http
    const opened = wire(baseUrl)
    const health = methodFunctions(
      Health.method,
      callsOver(opened, { baseUrl, headers: {}, timeoutMs: 1_000, retry: false }),
    )
    for await (const { status } of health.watch({ service: 'chatapi.v1.ChatApi' })) {
      expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING)
      break
    }
    opened.close()
  })
})

function numbersService(): DescService {
  const number = '.google.protobuf.Int64Value'
  const file = create(FileDescriptorProtoSchema, {
    name: 'numbers.proto',
    package: 'numbers',
    syntax: 'proto3',
    dependency: ['google/protobuf/wrappers.proto'],
    service: [
      {
        name: 'Numbers',
        method: [
          {
            ...{ name: 'Count', inputType: number, outputType: number, serverStreaming: true },
            options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS },
          },
          {
            ...{ name: 'Sum', inputType: number, outputType: number, clientStreaming: true },
            options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS },
          },
        ],
      },
    ],
  })
  return createFileRegistry(file, () => file_google_protobuf_wrappers).getService('numbers.Numbers')!
}
