import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { openAuthorities } from './access/authorities.ts'
import type { CallerLimits } from './access/caller-limits.ts'
import { RateLimit } from './access/rate-limit.ts'
import { StreamLimit } from './access/stream-limit.ts'
import { type Config, showConfig } from './config/config.ts'
import type { Door, ListenAddress } from './config/listen-address.ts'
import { maskUrl, parseStoreUrl } from './config/store-url.ts'
import { readTracingConfig } from './config/tracing.ts'
import { packageVersion } from './config/version.ts'
import { Answers } from './directory/answers.ts'
import { Commands } from './directory/commands.ts'
import { DirectReader } from './directory/direct.ts'
import { Exports } from './directory/exports.ts'
import { type Circumstances, readinessOf, STARTING } from './directory/readiness.ts'
import type { Rows } from './directory/rows.ts'
import { ScopedRows } from './directory/scoped-rows.ts'
import { AVAILABLE, StoreMonitor } from './directory/store-monitor.ts'
import { Totals } from './directory/totals.ts'
import { View } from './directory/view.ts'
import { Watches } from './directory/watch/watches.ts'
import { whenThere } from './directory/when-there.ts'
import { EVERYTHING, isEverything, type Principal, type Scope } from './domain/access.ts'
import { Follower } from './followers/follower.ts'
import { openFollowed } from './followers/open-source.ts'
import { Uploads, uploadsFolder } from './importers/uploads.ts'
import type { Directory } from './rpc/context.ts'
import { type Gate, guardedGate, openGate } from './rpc/gate.ts'
import { newHealthStatus, routes } from './rpc/routes.ts'
import { auditedStore } from './store/audited-store.ts'
import { measuredStore } from './store/measured-store.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'
import { Metrics } from './telemetry/metrics.ts'
import { startOpenTelemetry } from './telemetry/open-telemetry.ts'
import { createListener, type Listener, type ListenerOptions } from './transport/listener.ts'
import type { Pages } from './transport/pages.ts'
import { SharedLimits } from './transport/shared-limits.ts'
import { frames } from './wire/frames.ts'
import { watchEncoder } from './wire/watch-encoder.ts'
import type { SupervisorLink } from './workers/supervisor-link.ts'

/** Uploads rest for an hour before they are removed. */
const SWEEP_MS = 600_000

type Required = 'store' | 'grpcListen' | 'httpListen' | 'maxMessageBytes' | 'drainTimeoutMs'

type ListenAddresses = Readonly<Record<Door, ListenAddress | undefined>>

/** What is left out has the default of the configuration. */
export type ServerConfig = Pick<Config, Required> & Partial<Omit<Config, Required>>

export interface StartOptions {
  /** Once aborted before the store is open, starting fails with its reason. */
  readonly signal?: AbortSignal
  /** Where this process is one of several that serve together: its connections come from there. */
  readonly link?: SupervisorLink
  /** Whether a store that was not closed is looked through. Default: true. */
  readonly checksStore?: boolean
}

export interface Server {
  /** Where each listener listens, with its real port; undefined where it is off. */
  readonly grpcAddress: ListenAddress | undefined
  readonly httpAddress: ListenAddress | undefined
  /** Rejects where what is stored cannot be loaded, so that there is nothing to serve; else it stays open. */
  readonly failed: Promise<never>
  /** Takes no new calls, lets those in flight finish within the drain timeout, then stops. */
  drain(): Promise<void>
  /** Ends everything at once. */
  stop(): Promise<void>
}

/**
 * Opens the store and serves it. Throws, leaving nothing open, where the store or a port cannot be had, and with the reason
 * of the signal where that is aborted.
 */
export async function startServer(
  config: ServerConfig,
  log: Logger,
  { signal, link, checksStore: check = true }: StartOptions = {},
): Promise<Server> {
  const { grpcListen, httpListen, maxMessageBytes, drainTimeoutMs, drainDelayMs = 0, platformAliases } = config
  await using opening = new AsyncDisposableStack()
  if (!link) await requirePorts({ grpc: grpcListen, http: httpListen }, { ...config, log })
  const { authenticate, tls } = opening.use(openAuthorities(config, log))
  const metrics = new Metrics()
  const tracingConfig = readTracingConfig()
  const tracing = tracingConfig && opening.use(await startOpenTelemetry(tracingConfig, log)).tracing
  const servesReads = config.reads === 'store'
  const opened = await openStore(config.store, {
    log,
    check,
    servesReads,
    ...logRetention(config),
    ...(signal && { signal }),
  })
  opening.defer(() => opened.close())
  const measured = measuredStore(opened, (operation, seconds) => metrics.storeTook(operation, seconds), tracing)
  const store = auditedStore(measured, log)

  const health = newHealthStatus()
  const view = store.capabilities.watch && !servesReads ? new View(store, frames, log) : undefined
  const totals = store.capabilities.watch && !view ? new Totals(store, log) : undefined
  const rows = view ?? new DirectReader(store, frames, totals)
  const commands = new Commands(store, config)
  const follower = await followerOf(config, store, commands, log)
  const exports = new Exports(store)
  const watches = view && new Watches({ view, feed: store, encoder: watchEncoder, codec: frames, ...config })
  const uploads = new Uploads(uploadsFolder(config.store))
  let circumstances: Circumstances = {
    isLoaded: false,
    isDraining: false,
    hasView: view !== undefined,
    store: AVAILABLE,
    readyWhen: config.readyWhen ?? 'reads',
  }
  const followed = view ?? totals
  const peers = followed && link?.pool(followed, () => store.look())
  function tellHealth(): void {
    health.set(link && !circumstances.isDraining ? link.readiness : readinessOf(circumstances))
  }
  function note(change: Partial<Circumstances>): void {
    circumstances = { ...circumstances, ...change }
    link?.say({ kind: 'readiness', readiness: readinessOf(circumstances) })
    tellHealth()
  }
  link?.onReadiness(tellHealth)
  const monitor = new StoreMonitor(store, log, (availability) => {
    if (availability.writes) view?.hasten()
    note({ store: availability })
  })
  const onStoreUnavailable = () => monitor.hasten()
  const limits = callerLimits(config)
  const gate = authenticate
    ? guardedGate(authenticate, (principal) => directoryFor(principal, { rows, commands, exports, watches }), limits)
    : openGate(directoryOf(EVERYTHING, { rows, commands, exports, watches }), limits)
  const startTime = Date.now() / 1_000
  const serverFacts = () => ({
    version: packageVersion(),
    store: maskUrl(config.store),
    lagSeconds: view?.lagSeconds ?? 0,
    watchers: watches?.size ?? 0,
    followers: follower?.count ?? 0,
    workers: config.workers ?? 1,
    configuration: showConfig(config),
    startTime,
  })
  const context = { gate, log, platformAliases, maxMessageBytes, onStoreUnavailable, uploads, serverFacts, peers }
  const services = routes(context, health)
  const sharedLimits = new SharedLimits(log, { ...config, metrics })
  const shared = {
    ...config,
    services,
    log,
    metrics,
    tracing,
    ...(tls && { tls }),
    limits: sharedLimits,
    pages: metricsPage(metrics, gate, link),
    readiness: () => health.readiness,
  }

  const listeners: Partial<Record<Door, Listener>> = {}
  async function listen(door: Door, address: ListenAddress): Promise<ListenAddress> {
    const listener = createListener(door, shared)
    opening.defer(() => listener.close())
    listeners[door] = listener
    if (link) {
      link.serve(door, listener.standIn(address.host))
      return address
    }
    return { ...address, port: await listener.listen(address.host, address.port) }
  }
  link?.onShed(() => {
    for (const listener of Object.values(listeners)) listener.shed()
  })
  const grpcAddress = grpcListen && (await listen('grpc', grpcListen))
  const httpAddress = httpListen && (await listen('http', httpListen))

  metrics.labelledGauge('chatapi_connections', 'Open connections, by port.', 'port', () =>
    Object.fromEntries(Object.entries(listeners).map(([port, { connections }]) => [port, connections])),
  )
  metrics.gauge('chatapi_unread_bytes', 'What waits in the server for its clients.', () => sharedLimits.held.total)
  if (view) {
    metrics.gauge('chatapi_streams', 'Streams in memory.', () => view.size, 'max')
    metrics.gauge(
      'chatapi_view_lag_seconds',
      'For how long the store has not been followed.',
      () => view.lagSeconds,
      'max',
    )
  }
  if (store.logSize() !== undefined) {
    metrics.gauge('chatapi_change_log_changes', 'Changes in the log of the store.', () => store.logSize() ?? 0, 'max')
  }
  metrics.gauge('chatapi_followed_sources', 'Bots that are followed by this server.', () => follower?.count ?? 0)
  metrics.gauge('chatapi_watchers', 'Watches that are open.', () => watches?.size ?? 0)
  metrics.gauge('chatapi_watch_queue_bytes', 'What waits for watchers to take it.', () => watches?.queueBytes ?? 0)
  link?.measureBy(() => metrics.values())

  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const ending = new AbortController()
  const following = Promise.all([
    monitor.follow(ending.signal),
    sweepUploads(uploads, log, ending.signal),
    view?.follow(ending.signal).catch((error: unknown) => failed.reject(error)),
    totals?.follow(ending.signal),
    follower?.run(ending.signal),
  ])
  opening.defer(async () => {
    ending.abort()
    await following
  })
  if (view) view.loaded.then(() => peers?.join()).then(() => note({ isLoaded: true }))
  else note({ isLoaded: true })
  if (totals) peers?.join()
  if (!followed) link?.joinWithoutView()

  const running = opening.move()
  let stopping: Promise<void> | undefined
  function stop(): Promise<void> {
    stopping ??= running.disposeAsync()
    return stopping
  }
  return {
    grpcAddress,
    httpAddress,
    failed: failed.promise,
    stop,
    async drain() {
      note({ isDraining: true })
      if (drainDelayMs > 0) await delay(drainDelayMs)
      await Promise.all(Object.values(listeners).map((listener) => listener.drain(drainTimeoutMs)))
      await stop()
    },
  }
}

/** Who brings in what bots write; undefined where nobody is to. */
async function followerOf(
  { follow = [], timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone, ...config }: ServerConfig,
  store: Store,
  commands: Commands,
  log: Logger,
): Promise<Follower | undefined> {
  if (follow.length === 0) return undefined
  const location = parseStoreUrl(config.store)
  const open = (source: string) =>
    openFollowed(source, location, {
      timeZone,
      onKind: (kind) => log.info({ source: maskUrl(source), kind }, 'a bot is followed'),
    })
  const sources = await Promise.all(follow.map(open))
  return new Follower({ store, commands: commands.as({ name: 'follow', scope: EVERYTHING }), sources, log })
}

/** How much of its log the store keeps; all of it, where nothing is said. */
function logRetention({ logRetentionMs: ageMs, logRetentionBytes: bytes }: ServerConfig) {
  return ageMs !== undefined && bytes !== undefined && { logRetention: { ageMs, bytes } }
}

function callerLimits({ rate, maxStreamsPerPrincipal }: ServerConfig): CallerLimits {
  return {
    rate: rate === undefined ? undefined : new RateLimit(rate),
    streams: maxStreamsPerPrincipal === undefined ? undefined : new StreamLimit(maxStreamsPerPrincipal),
  }
}

/** Removes uploads that nobody goes on with, those that a process left which was killed included. */
async function sweepUploads(uploads: Uploads, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await uploads.sweep().catch((error: unknown) => log.warn({ err: error }, 'abandoned uploads cannot be removed'))
    await delay(SWEEP_MS, undefined, { signal, ref: false }).catch(() => {})
  }
}

/** `/metrics`, for readers. */
function metricsPage(metrics: Metrics, gate: Gate, link: SupervisorLink | undefined): Pages {
  const text = () => (link ? link.metrics() : metrics.text())
  return (path, visitor) => {
    if (path !== '/metrics') return undefined
    const page = async () => ({ status: 200, contentType: metrics.contentType, body: await text() })
    return whenThere(gate.check(visitor, 'reader', path), page)
  }
}

/** What there is of the directory, for whoever may see it all. */
interface Whole {
  readonly rows: Rows
  readonly commands: Commands
  readonly exports: Exports
  readonly watches: Watches | undefined
}

/** What there is of it for a principal. */
function directoryFor(principal: Principal, whole: Whole): Directory {
  return directoryOf(principal.scope, { ...whole, commands: whole.commands.as(principal) })
}

function directoryOf(scope: Scope, { rows, commands, exports, watches }: Whole): Directory {
  const visible = isEverything(scope) ? rows : new ScopedRows(rows, frames, scope)
  return {
    reader: new Answers(visible, frames),
    commands,
    exports: exports.within(scope),
    watch: watches && ((request, caller, signal) => watches.watch(request, scope, caller, signal)),
  }
}

/** Throws where a port cannot be had, before the store is made: a server that cannot start leaves none behind. */
async function requirePorts(addresses: ListenAddresses, options: Pick<ListenerOptions, 'maxMessageBytes' | 'log'>) {
  for (const [door, address] of Object.entries(addresses) as [Door, ListenAddress | undefined][]) {
    if (!address) continue
    const listener = createListener(door, { ...options, services: [], readiness: () => STARTING })
    await listener.listen(address.host, address.port)
    await listener.close()
  }
}
