import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { DescService } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { ChatApi } from '../../../gen/ts/chatapi/v1/chat_api_pb.js'

export interface FakeServer extends AsyncDisposable {
  /** `HOST:PORT`, on 127.0.0.1 unless told otherwise; speaks gRPC, Connect and gRPC-Web over HTTP/2. */
  readonly address: string
  /** The headers of each call, in order. */
  readonly calls: Headers[]
}

interface ListenOptions {
  readonly host?: string
  readonly port?: number
}

/** Answers as a test wants it: for what a real server does not do on demand. */
export function startFakeServer(
  implementation: Partial<ServiceImpl<typeof ChatApi>>,
  options?: ListenOptions,
): Promise<FakeServer> {
  return startFakeService(ChatApi, implementation, options)
}

/** The same for any service. */
export async function startFakeService<S extends DescService>(
  service: S,
  implementation: Partial<ServiceImpl<S>>,
  { host = '127.0.0.1', port = 0 }: ListenOptions = {},
): Promise<FakeServer> {
  const calls: Headers[] = []
  const handler = connectNodeAdapter({
    routes: (router) => router.service(service, implementation),
    interceptors: [
      (next) => (request) => {
        calls.push(request.header)
        return next(request)
      },
    ],
  })
  const sessions = new Set<{ destroy(): void }>()
  const server = createServer(handler)
    .on('session', (session) => {
      sessions.add(session)
      session.on('close', () => sessions.delete(session))
    })
    .listen(port, host)
  await once(server, 'listening')
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy()
      server.close()
    },
  }
}
