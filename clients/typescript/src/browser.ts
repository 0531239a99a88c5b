/**
 * The client for browsers, over fetch.
 *
 * ```ts
 * import { createClient } from 'chatapi-client'
 *
 * const client = createClient({ address: 'https://chat.example' })
 * const { stream } = await client.getStreamByUserId({ userId: '1787882683' })
 * ```
 */
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import { keepTokenPrivate, parseAddress } from './address.ts'
import { type ChatApiClient, clientOver } from './client.ts'
import { connectWire } from './connect-wire.ts'
import { type ClientOptions, DEFAULT_TIMEOUT_MS } from './options.ts'
import { tokenSource } from './token.ts'
import { USER_AGENT } from './version.ts'

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

const HTTP_PORT = 8080

/**
 * Makes a client. Without an address it asks the origin of the page. For another origin, the server must be told to
 * allow that of the page (`--cors-origin`).
 *
 * Throws a `TypeError` for an address or a token that cannot be one.
 */
export function createClient(options: ClientOptions = {}): ChatApiClient {
  const { transport = 'connect', timeoutMs = DEFAULT_TIMEOUT_MS, retry = true, allowPlaintextToken = false } = options
  if (transport === 'grpc') throw new TypeError('browsers cannot speak gRPC: use connect or grpc-web')
  const address = options.address || (globalThis as { location?: { origin: string } }).location?.origin
  if (!address) throw new TypeError('an address is needed: there is no page whose origin could be asked')
  const baseUrl = parseAddress(address, HTTP_PORT)
  const headers = {
    ...options.headers,
    // Browsers keep `user-agent` for themselves; gRPC-Web has this one in its place, and Connect none.
    ...(transport === 'grpc-web' && { 'x-user-agent': USER_AGENT }),
  }
  const token = tokenSource(options.token ?? '')
  if (token) keepTokenPrivate(baseUrl, allowPlaintextToken)
  const create = transport === 'connect' ? createConnectTransport : createGrpcWebTransport
  const wire = connectWire(create({ baseUrl, useBinaryFormat: options.format !== 'json' }))
  return clientOver(wire, { baseUrl, headers, token, timeoutMs, retry })
}
