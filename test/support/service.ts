import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import pino, { type Logger } from 'pino'
import { onTestFinished } from 'vitest'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { Answers } from '../../src/directory/answers.ts'
import { Commands } from '../../src/directory/commands.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import { Exports } from '../../src/directory/exports.ts'
import type { ReadyWhen } from '../../src/directory/readiness.ts'
import { Uploads } from '../../src/importers/uploads.ts'
import { openGate } from '../../src/rpc/gate.ts'
import { newHealthStatus, routes } from '../../src/rpc/routes.ts'
import { type Server, startServer } from '../../src/server.ts'
import type { Store } from '../../src/store/store.ts'
import { createListener } from '../../src/transport/listener.ts'
import { frames } from '../../src/wire/frames.ts'

export interface Service extends Server {
  readonly storeUrl: string
  readonly grpcUrl: string
  readonly httpUrl: string
}

export interface ServiceOptions {
  /** Default: a SQLite file of its own. */
  readonly storeUrl?: string
  readonly maxMessageBytes?: number
  readonly corsOrigins?: readonly string[]
  readonly authTokens?: string
  readonly rate?: number
  readonly maxStreamsPerPrincipal?: number
  readonly reads?: 'memory' | 'store'
  readonly drainDelayMs?: number
  readonly readyWhen?: ReadyWhen
  /** Default: one that nobody reads. */
  readonly log?: Logger
}

/** Starts the whole service in this process on free ports; it ends with the test. */
export async function startService({ storeUrl, log, ...options }: ServiceOptions = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  const store = storeUrl ?? `sqlite:${join(folder, 'chatapi.db')}`
  const listen = { host: '127.0.0.1', port: 0 }
  const server = await startServer(
    {
      store,
      grpcListen: listen,
      httpListen: listen,
      corsOrigins: [],
      maxMessageBytes: 4 * 1024 * 1024,
      drainTimeoutMs: 5_000,
      ...options,
    },
    log ?? pino({ level: 'silent' }),
  )
  onTestFinished(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  return {
    ...server,
    storeUrl: store,
    grpcUrl: `http://127.0.0.1:${server.grpcAddress?.port}`,
    httpUrl: `http://127.0.0.1:${server.httpAddress?.port}`,
  }
}

/** Every way in which a client can speak to the service. */
export const wires: Readonly<Record<string, (service: Service) => Transport>> = {
  'gRPC on the gRPC port': ({ grpcUrl }) => createGrpcTransport({ baseUrl: grpcUrl }),
  'gRPC on the HTTP port': ({ httpUrl }) => createGrpcTransport({ baseUrl: httpUrl }),
  'gRPC-Web': ({ httpUrl }) => createGrpcWebTransport({ baseUrl: httpUrl, httpVersion: '1.1' }),
  'Connect in binary': ({ httpUrl }) =>
    createConnectTransport({ baseUrl: httpUrl, httpVersion: '2', useBinaryFormat: true }),
  'Connect in JSON': ({ httpUrl }) =>
    createConnectTransport({ baseUrl: httpUrl, httpVersion: '1.1', useBinaryFormat: false }),
  'Connect GET': ({ httpUrl }) => createConnectTransport({ baseUrl: httpUrl, httpVersion: '1.1', useHttpGet: true }),
}

export type ChatApiClient = Client<typeof ChatApi>

export function clientOf(transport: Transport): ChatApiClient {
  return createClient(ChatApi, transport)
}

/** What the calls under test do without. */
export const UNUSED = {
  uploads: new Uploads(join(tmpdir(), 'chatapi-no-uploads')),
  serverFacts: () => {
    throw new Error('nobody asks for it')
  },
}

/** Serves a store without a view, as a store that cannot tell of changes is served. The store is the test's to close. */
export async function serveDirectly(
  store: Store,
  log = pino({ level: 'silent' }),
  onStoreUnavailable = () => {},
): Promise<ChatApiClient> {
  const reader = new Answers(new DirectReader(store, frames), frames)
  const gate = openGate({ reader, commands: new Commands(store), exports: new Exports(store), watch: undefined })
  const context = { gate, log, maxMessageBytes: 2 ** 22, onStoreUnavailable, ...UNUSED }
  const services = routes(context, newHealthStatus())
  const listener = createListener('grpc', { services, log, maxMessageBytes: 2 ** 22 })
  const port = await listener.listen('127.0.0.1', 0)
  onTestFinished(() => listener.close())
  return clientOf(createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }))
}
