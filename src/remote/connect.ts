import { type Client, createClient } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { isLoopback } from '../config/listen-address.ts'
import { RemoteError } from './remote-error.ts'

const DEFAULT_PORT = 50051

/** A server that is asked over gRPC, until it is disposed of. */
export interface Remote extends Disposable {
  readonly client: Client<typeof ChatApi>
  /** Its URL. */
  readonly url: string
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
  return {
    client: createClient(ChatApi, transport),
    url: url.origin,
    [Symbol.dispose]: () => sessionManager.abort(),
  }
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
