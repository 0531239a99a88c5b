import { isIP } from 'node:net'
import { Channel, type ChannelOptions, connectivityState, credentials } from '@grpc/grpc-js'

export interface GrpcOptions {
  readonly userAgent: string
  readonly maxMessageBytes: number
  readonly windowBytes: number
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
}

const ROUND_ROBIN = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] })

export type GrpcCall = ReturnType<Channel['createCall']>

/**
 * The connection to one server. It is made by the first call, and made again by the first call after it failed: a
 * channel of grpc-js on its own would pause for a second and more before it tried again, and fail all calls until then.
 */
export class GrpcChannel {
  readonly #target: string
  readonly #credentials: ReturnType<typeof credentials.createInsecure>
  readonly #options: ChannelOptions
  #channel: Channel | undefined
  readonly #calls = new Set<GrpcCall>()

  constructor(baseUrl: string, options: GrpcOptions) {
    const { protocol, hostname, port } = new URL(baseUrl)
    const { ca, cert, key } = options.tls ?? {}
    const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text))
    const isSecure = protocol === 'https:'
    this.#target = `dns:///${hostname}:${port || (isSecure ? 443 : 80)}`
    this.#credentials = isSecure
      ? credentials.createSsl(bytes(ca), bytes(key), bytes(cert))
      : credentials.createInsecure()
    this.#options = {
      'grpc.primary_user_agent': options.userAgent,
      'grpc.max_receive_message_length': options.maxMessageBytes,
      'grpc.keepalive_time_ms': options.pingIntervalMs,
      'grpc.keepalive_timeout_ms': options.pingTimeoutMs,
      'grpc-node.flow_control_window': options.windowBytes,
      // So that closing a client ends its connection and no other's.
      'grpc.use_local_subchannel_pool': 1,
      // A client asks the server that it is told, as over the other transports: by no proxy, no DNS record of options.
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
      // Where several servers stand behind one name, calls go to all of them in turn. gRPC itself would keep to one, and
      // leave a connection that was lost alone until the next call, which is better where there is only one.
      ...(isName(hostname) && { 'grpc.service_config': ROUND_ROBIN }),
      // Retries are the client's own, the same over every transport.
      'grpc.enable_retries': 0,
      'grpc.enable_channelz': 0,
    }
  }

  call(path: string, deadline: Date | number): GrpcCall {
    // Between calls it connects by itself, and may have failed while the server restarted.
    this.#dropFailed()
    this.#channel ??= new Channel(this.#target, this.#credentials, this.#options)
    const call = this.#channel.createCall(path, deadline, undefined, null, undefined)
    this.#calls.add(call)
    return call
  }

  /** Must be called once for each call, when it has its status. */
  ended(call: GrpcCall): void {
    this.#calls.delete(call)
    this.#dropFailed()
  }

  /** Cancels all calls. The next one connects again. */
  close(): void {
    for (const call of this.#calls) call.cancelWithStatus(1, 'the client was closed')
    this.#drop()
  }

  #dropFailed(): void {
    if (this.#channel?.getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE) this.#drop()
  }

  #drop(): void {
    this.#channel?.close()
    this.#channel = undefined
  }
}

/** Whether there may be several servers behind the host. */
function isName(hostname: string): boolean {
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) > 0
  return !isAddress && hostname !== 'localhost' && !hostname.endsWith('.localhost')
}
