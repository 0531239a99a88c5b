/**
 * The client for Node.
 *
 * ```ts
 * import { createClient } from 'chatapi-client'
 *
 * const client = createClient({ address: '127.0.0.1:50051' })
 * const { streams } = await client.getGroupStreams()
 * ```
 */
import { compressionGzip, createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { keepTokenPrivate, parseAddress } from './address.ts'
import { type ChatApiClient, clientOver } from './client.ts'
import { connectWire } from './connect-wire.ts'
import { grpcWire } from './grpc-wire.ts'
import { nodeAdvice } from './node-faults.ts'
import { SessionManager } from './node-session.ts'
import { type ClientOptions, DEFAULT_TIMEOUT_MS } from './options.ts'
import { type TokenSource, tokenSource } from './token.ts'
import { tokenFile } from './token-file.ts'
import { USER_AGENT } from './version.ts'
import type { Wire } from './wire.ts'

export * from '../gen/chatapi/v1/chat_api_pb.js'
export type { AbortSignalLike } from './cancellation.ts'
export type { Calls, ChatApiClient } from './client.ts'
export type { ErrorCode } from './codes.ts'
export { ChatApiError, type FieldViolation } from './errors.ts'
export type { ListRequest, QueryRequest } from './lists.ts'
export type { CallOptions, ClientOptions } from './options.ts'
export { Recorder, type RecorderOptions, type Seen } from './recorder.ts'
export type { ReplicaChange } from './replica/changes.ts'
export type { ReplicaEvent } from './replica/events.ts'
export type { Filter } from './replica/filter.ts'
export { Replica, type ReplicaOptions } from './replica/replica.ts'

const GRPC_PORT = 50051
const HTTP_PORT = 8080

/** With the limit below, a server that is gone without a word is found out within 40 seconds. */
const DEFAULT_PING_INTERVAL_MS = 30_000
const MAX_PING_TIMEOUT_MS = 10_000
/** What a server may be configured to send. */
const DEFAULT_MAX_MESSAGE_BYTES = 256 * 1024 * 1024
/** In MB. Node's default of 10 resets large answers that share a connection. */
const MAX_SESSION_MEMORY = 4_096
/** So that a list of 4 MiB takes a few round trips and not 64. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** What only Node has a say in. */
export interface NodeClientOptions extends ClientOptions {
  /**
   * A file with the token, in place of `token`; it is read again when it changes, and one that is broken then changes
   * nothing. Absent means `CHATAPI_TOKEN_FILE`.
   */
  readonly tokenFile?: string | undefined
  /** The protocol under Connect and gRPC-Web; `2` by default. `1.1` is for proxies that speak nothing else. */
  readonly httpVersion?: '1.1' | '2' | undefined
  /** Answers over so many bytes fail with RESOURCE_EXHAUSTED; 256 MiB by default. */
  readonly maxMessageBytes?: number | undefined
  /**
   * After so many milliseconds of silence a connection in use, or about to be used again, is tested by a ping, and
   * replaced where no answer comes within the same time or 10 seconds. 30,000 by default. HTTP/2 only.
   */
  readonly pingIntervalMs?: number | undefined
  /** PEM texts for `https`: whom to trust in place of the system's authorities, and who the client is. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
}

/**
 * Makes a client. It connects with the first call and stays connected, through restarts of the server too; an idle
 * connection does not keep the process alive.
 *
 * Throws a `TypeError` for an address or a token that cannot be one.
 */
export function createClient(options: NodeClientOptions = {}): ChatApiClient {
  const { transport = 'grpc', timeoutMs = DEFAULT_TIMEOUT_MS, retry = true, allowPlaintextToken = false } = options
  if (transport === 'grpc' && options.format === 'json') throw new TypeError('gRPC has no JSON format here')
  const port = transport === 'grpc' ? GRPC_PORT : HTTP_PORT
  // Empty means unset: that is how shells and container files leave a variable out.
  const address = options.address || process.env.CHATAPI_ADDRESS || `127.0.0.1:${port}`
  const baseUrl = parseAddress(address, port)
  const token = tokenOf(options)
  if (token) keepTokenPrivate(baseUrl, allowPlaintextToken)
  const headers = { ...options.headers, 'user-agent': USER_AGENT }
  const defaults = { baseUrl, headers, token, timeoutMs, retry, advise: nodeAdvice }
  return clientOver(wireOver(baseUrl, transport, options), defaults)
}

/** The token of the options, else of the environment, else none. */
function tokenOf({ token, tokenFile: file }: NodeClientOptions): TokenSource | undefined {
  if (token && file) throw new TypeError('token and tokenFile are both given; expected one of them')
  if (file) return tokenFile(file)
  if (token !== undefined) return tokenSource(token)
  const { CHATAPI_TOKEN, CHATAPI_TOKEN_FILE } = process.env
  if (CHATAPI_TOKEN && CHATAPI_TOKEN_FILE) {
    throw new TypeError('CHATAPI_TOKEN and CHATAPI_TOKEN_FILE are both set; expected one of them')
  }
  return CHATAPI_TOKEN_FILE ? tokenFile(CHATAPI_TOKEN_FILE) : tokenSource(CHATAPI_TOKEN ?? '')
}

function wireOver(baseUrl: string, transport: 'grpc' | 'connect' | 'grpc-web', options: NodeClientOptions): Wire {
  const { httpVersion = '2', maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, tls } = options
  const { pingIntervalMs = DEFAULT_PING_INTERVAL_MS } = options
  const pingTimeoutMs = Math.min(pingIntervalMs, MAX_PING_TIMEOUT_MS)
  if (transport === 'grpc') {
    if (httpVersion === '1.1') throw new TypeError('gRPC needs HTTP/2')
    const pings = { pingIntervalMs, pingTimeoutMs }
    return grpcWire(baseUrl, { userAgent: USER_AGENT, maxMessageBytes, windowBytes: WINDOW_BYTES, ...pings, tls })
  }
  const create = transport === 'connect' ? createConnectTransport : createGrpcWebTransport
  const common = {
    baseUrl,
    useBinaryFormat: options.format !== 'json',
    readMaxBytes: maxMessageBytes,
    acceptCompression: [compressionGzip],
  }
  if (httpVersion === '1.1') return connectWire(create({ ...common, httpVersion, nodeOptions: { ...tls } }))
  const sessionManager = new SessionManager(
    baseUrl,
    { pingIntervalMs, pingTimeoutMs },
    {
      ...tls,
      maxSessionMemory: MAX_SESSION_MEMORY,
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
    },
  )
  return connectWire(create({ ...common, httpVersion, sessionManager }), () => sessionManager.abort())
}
