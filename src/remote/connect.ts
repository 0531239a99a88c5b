import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { isLoopback } from '../config/listen-address.ts'
import { answered, RemoteError } from './remote-error.ts'

const DEFAULT_PORT = 50051

/** What answers the calls of the contract. */
export interface Answering {
  readonly client: Client<typeof ChatApi>
  /** What it is to people: the URL of a server, or of a store. */
  readonly url: string
  /** Why writes would not be taken now; undefined where they would. Throws `RemoteError` where there is no answer. */
  writesRefused(signal: AbortSignal): Promise<string | undefined>
}

/** A server that is asked over gRPC, until it is disposed of. */
export interface Remote extends Answering, Disposable {}

/** A client of the contract over any transport. */
export function clientOver(transport: Transport): Client<typeof ChatApi> {
  return createClient(ChatApi, transport)
}

/** Connects with the first call. Throws where the address is none, or a token would travel in plain text. */
export function connectTo(address: string, token: string | undefined): Remote {
  const url = parseAddress(address)
  if (token !== undefined && url.protocol === 'http:' && !isLoopback({ host: url.hostname, port: 0 })) {
    throw new RemoteError(
      `the token of CHATAPI_TOKEN would travel to ${url.host} in plain text; give an https:// address`,
    )
  }
  const sessionManager = new Http2SessionManager(url.origin)
  const transport = createGrpcTransport({
    baseUrl: url.origin,
    sessionManager,
    interceptors: [
      (next) => (request) => {
        if (token !== undefined) request.header.set('authorization', `Bearer ${token}`)
        return next(request)
      },
    ],
  })
  const health = createClient(Health, transport)
  return {
    client: clientOver(transport),
    url: url.origin,
    async writesRefused(signal) {
      const answer = await answered(url.origin, () =>
        health.check({ service: `${ChatApi.typeName}/writes` }, { signal }),
      )
      return answer.status === ServingStatus.SERVING
        ? undefined
        : 'the server takes no writes; /readyz on its HTTP port says why'
    },
    [Symbol.dispose]: () => sessionManager.abort(),
  }
}

/** Stands for what cannot be asked at all: every call fails with the reason. */
export function unreachable(url: string, reason: unknown): Answering {
  const fail = () => Promise.reject(reason)
  return { client: clientOver({ unary: fail, stream: fail }), url, writesRefused: fail }
}

function parseAddress(address: string): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address)
  const url = URL.parse(hasScheme ? address : `http://${address}`)
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.username || url.search || url.hash) {
    throw new RemoteError(`${JSON.stringify(address)} is no address; expected host:port or https://host:port`)
  }
  if (!hasScheme && url.port === '' && !address.endsWith(':80')) url.port = String(DEFAULT_PORT)
  return url
}
