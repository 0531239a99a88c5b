import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient, type Transport } from '@connectrpc/connect'
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node'
import { type Logger, pino } from 'pino'
import { onTestFinished } from 'vitest'
import { createListener, type Listener, type ListenerOptions } from '../../src/transport/listener.ts'
import { type LimitOptions, SharedLimits } from '../../src/transport/shared-limits.ts'
import type { ServiceBinding } from '../../src/wire/service-binding.ts'

export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

export const LISTENERS = ['grpc', 'http'] as const
export type ListenerName = (typeof LISTENERS)[number]

export interface Wire {
  readonly name: string
  readonly listener: ListenerName
  readonly httpVersion: '1.1' | '2'
  readonly isJson?: boolean
  readonly connect: (baseUrl: string, sessionManager: Http2SessionManager) => Transport
}

/** Every way in which a client can speak to the server. */
export const WIRES: readonly Wire[] = [
  { name: 'gRPC', listener: 'grpc', httpVersion: '2', connect: grpc() },
  { name: 'gRPC over HTTP', listener: 'http', httpVersion: '2', connect: grpc() },
  { name: 'gRPC in JSON', listener: 'http', httpVersion: '2', isJson: true, connect: grpc({ useBinaryFormat: false }) },
  ...(['1.1', '2'] as const).flatMap((httpVersion): Wire[] => {
    const common = { listener: 'http', httpVersion } as const
    return [
      { ...common, name: `gRPC-Web, HTTP/${httpVersion}`, connect: web(httpVersion) },
      { ...common, name: `Connect, HTTP/${httpVersion}`, connect: connect(httpVersion) },
      {
        ...common,
        name: `JSON, HTTP/${httpVersion}`,
        isJson: true,
        connect: connect(httpVersion, { useBinaryFormat: false }),
      },
      { ...common, name: `GET, HTTP/${httpVersion}`, connect: connect(httpVersion, { useHttpGet: true }) },
    ]
  }),
]

function grpc(options: { useBinaryFormat?: boolean } = {}): Wire['connect'] {
  return (baseUrl, sessionManager) => createGrpcTransport({ baseUrl, sessionManager, ...options })
}

function web(httpVersion: '1.1' | '2'): Wire['connect'] {
  return (baseUrl, sessionManager) => createGrpcWebTransport({ baseUrl, httpVersion, sessionManager } as never)
}

function connect(
  httpVersion: '1.1' | '2',
  options: { useBinaryFormat?: boolean; useHttpGet?: boolean } = {},
): Wire['connect'] {
  return (baseUrl, sessionManager) =>
    createConnectTransport({ baseUrl, httpVersion, sessionManager, ...options } as never)
}

export interface Prepared {
  readonly listener: Listener
  /** What was logged, one entry for each line. */
  readonly logged: Record<string, unknown>[]
}

export interface Started extends Prepared {
  readonly port: number
  readonly url: string
}

type Options = Partial<ListenerOptions> & LimitOptions

/** A listener that does not listen yet. */
export function prepare(name: ListenerName, services: readonly ServiceBinding[], options: Options = {}): Prepared {
  const logged: Record<string, unknown>[] = []
  const log: Logger = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) })
  // `a` is the host of the requests that tests write byte for byte.
  const limits = new SharedLimits(log, options)
  const all = { services, log, limits, maxMessageBytes: MAX_MESSAGE_BYTES, allowedHosts: ['a'], ...options }
  return { listener: createListener(name, all), logged }
}

/** Listens on a free port; closed when the test ends. */
export async function start(
  name: ListenerName,
  services: readonly ServiceBinding[],
  options: Options = {},
): Promise<Started> {
  const { listener, logged } = prepare(name, services, options)
  const port = await listener.listen('127.0.0.1', 0)
  onTestFinished(() => listener.close())
  return { listener, port, url: `http://127.0.0.1:${port}`, logged }
}

/** A client over one connection of its own where the wire is HTTP/2; it is closed when the test ends. */
export function clientOf<Desc extends DescService>(service: Desc, wire: Wire, url: string): Client<Desc> {
  const sessions = new Http2SessionManager(url)
  onTestFinished(async () => {
    // A session that has just been told GOAWAY ends with an error some turns later; ended meanwhile, it throws that.
    for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate)
    sessions.abort()
  })
  return createClient(service, wire.connect(url, sessions))
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = []
  for await (const item of items) result.push(item)
  return result
}
