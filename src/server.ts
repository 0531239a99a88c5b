import type { Logger } from 'pino'
import type { ListenAddress } from './config/listen-address.ts'
import type { Config } from './config.ts'
import { Commands } from './directory/commands.ts'
import { DirectReader } from './directory/direct.ts'
import { View } from './directory/view.ts'
import { frames } from './rpc/frames.ts'
import { newHealthStatus, routes } from './rpc/routes.ts'
import { openStore } from './store/open.ts'
import { createGrpcServer } from './transport/grpc.ts'
import { createHttpServer } from './transport/http.ts'
import type { Listener } from './transport/listener.ts'

export type ServerConfig = Pick<
  Config,
  'store' | 'grpcListen' | 'httpListen' | 'corsOrigins' | 'maxMessageBytes' | 'drainTimeoutMs'
>

export interface Server {
  /** Where each listener listens, with its real port; undefined where it is off. */
  readonly grpcAddress: ListenAddress | undefined
  readonly httpAddress: ListenAddress | undefined
  /** Takes no new calls, lets those in flight finish within the drain timeout, then stops. */
  drain(): Promise<void>
  /** Ends everything at once. */
  stop(): Promise<void>
}

/** Opens the store and serves it. Throws, leaving nothing open, where the store or a port cannot be had. */
export async function startServer(config: ServerConfig, log: Logger): Promise<Server> {
  await using opening = new AsyncDisposableStack()
  const store = await openStore(config.store, { log })
  opening.defer(() => store.close())

  const following = new AbortController()
  const health = newHealthStatus()
  const { reader, follow } = store.capabilities.watch
    ? startView()
    : { reader: new DirectReader(store, frames), follow: undefined }
  opening.defer(async () => {
    following.abort()
    await follow
  })

  const services = routes(
    { reader, commands: new Commands(store), log, maxMessageBytes: config.maxMessageBytes },
    health,
  )
  const { maxMessageBytes, corsOrigins } = config
  const listeners: Listener[] = []

  async function listen(listener: Listener, address: ListenAddress): Promise<ListenAddress> {
    opening.defer(() => listener.close())
    listeners.push(listener)
    return { ...address, port: await listener.listen(address.host, address.port) }
  }

  function startView() {
    const view = new View(store, frames, log)
    view.loaded.then(() => health.set('serving'))
    return { reader: view, follow: view.follow(following.signal) }
  }

  const grpcAddress =
    config.grpcListen && (await listen(createGrpcServer({ services, log, maxMessageBytes }), config.grpcListen))
  const isHealthy = () => health.isServing
  const httpAddress =
    config.httpListen &&
    (await listen(createHttpServer({ services, log, maxMessageBytes, corsOrigins, isHealthy }), config.httpListen))
  if (!follow) health.set('serving')

  const resources = opening.move()
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= resources.disposeAsync())
  return {
    grpcAddress,
    httpAddress,
    stop,
    async drain() {
      health.set('not serving')
      await Promise.all(listeners.map((listener) => listener.drain(config.drainTimeoutMs)))
      await stop()
    },
  }
}
