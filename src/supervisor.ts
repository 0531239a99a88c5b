import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import type { Door, ListenAddress } from './config/listen-address.ts'
import { type Readiness, SHUTTING_DOWN } from './directory/readiness.ts'
import { unlessAborted } from './domain/aborting.ts'
import type { Server } from './server.ts'
import { Metrics } from './telemetry/metrics.ts'
import { AcceptingPort } from './transport/accepting-port.ts'
import { FLUSH_MS } from './transport/in-flight.ts'
import { SharedLimits } from './transport/shared-limits.ts'
import { Agreement } from './workers/agreement.ts'
import { Handover } from './workers/handover.ts'
import type { ToSupervisor } from './workers/messages.ts'
import { MetricsCollection } from './workers/metrics-collection.ts'
import { pooledReadiness } from './workers/pooled-readiness.ts'
import { Restarts } from './workers/restarts.ts'
import { type Ending, WorkerProcess } from './workers/worker-process.ts'

/** A worker that does not take a connection, or show a write, for so long is late. */
const LAG_MS = 1_000

/** What a worker may take to end, beyond what its calls in flight may. */
const END_GRACE_MS = FLUSH_MS + 4_000

/** A worker cannot serve; the message is for people. */
export class WorkerFailedError extends Error {
  override readonly name = 'WorkerFailedError'
}

/**
 * Serves by several processes behind one pair of ports. Throws, leaving nothing open, where the store or a port cannot be
 * had, and with the reason of the signal where that is aborted before.
 *
 * @param program what a worker runs
 */
export async function startSupervisor(
  config: Config,
  log: Logger,
  program: string,
  signal: AbortSignal,
): Promise<Server> {
  const supervisor = new Supervisor(config, log, program)
  try {
    await supervisor.start(signal)
    return supervisor
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}

/**
 * Starts workers, replaces those that end, and is where they agree.
 *
 * They are processes of node:cluster. Connections go to them by our own hand (`Handover`) and not by its servers: there, one
 * whose worker ends before it has taken it stays open for ever and nobody serves it, and no worker can be passed over.
 */
class Supervisor implements Server {
  readonly #config: Config
  readonly #log: Logger
  readonly #workers = new Map<number, WorkerProcess>()
  readonly #ports: AcceptingPort[] = []
  readonly #addresses: Partial<Record<Door, ListenAddress>> = {}
  readonly #restarts = new Restarts()
  readonly #metrics = new Metrics()
  readonly #collection = new MetricsCollection(() => this.#metrics.values())
  readonly #agreement: Agreement
  readonly #handover: Handover
  readonly #failed = Promise.withResolvers<never>()
  readonly #ending = new AbortController()
  #readiness = pooledReadiness([])
  /** Whether a worker has come up: from then on those that end are replaced. */
  #isUp = false
  /** Whether a worker has answered: from then on there is something to serve, whatever befalls one of them. */
  #hasServed = false

  constructor(config: Config, log: Logger, program: string) {
    this.#config = config
    this.#log = log
    this.#agreement = new Agreement({
      lagMs: LAG_MS,
      onLate: (id) => this.#noteLate(id),
      onCaughtUp: (id) => log.info({ worker: id }, 'a worker has caught up'),
    })
    this.#handover = new Handover({
      limits: new SharedLimits(log, { ...config, metrics: this.#metrics }),
      candidates: () => this.#candidates(),
      lagMs: LAG_MS,
      onLate: ({ id }) => this.#agreement.suspect(id),
    })
    this.#failed.promise.catch(() => {})
    cluster.setupPrimary({ exec: program, args: [], execArgv: process.execArgv, serialization: 'advanced' })
    process.on('exit', this.#killAll)
  }

  get grpcAddress(): ListenAddress | undefined {
    return this.#addresses.grpc
  }

  get httpAddress(): ListenAddress | undefined {
    return this.#addresses.http
  }

  get failed(): Promise<never> {
    return this.#failed.promise
  }

  async start(signal: AbortSignal): Promise<void> {
    // A server that cannot have its ports leaves no store behind.
    await this.#listen()
    this.#stopListening()
    // The first makes the store where there is none.
    await unlessAborted(this.#fork({ isInitial: true, checksStore: true }), [signal])
    this.#isUp = true
    const others = Array.from({ length: this.#config.workers - 1 }, () => this.#fork({ isInitial: true }))
    await unlessAborted(Promise.allSettled(others), [signal])
    await this.#listen()
  }

  async drain(): Promise<void> {
    const { drainDelayMs, drainTimeoutMs } = this.#config
    this.#ending.abort()
    this.#tellReadiness(SHUTTING_DOWN)
    if (drainDelayMs > 0) await delay(drainDelayMs)
    this.#stopListening()
    this.#handover.close()
    const workers = [...this.#workers.values()]
    for (const worker of workers) worker.say({ kind: 'drain' })
    const timer = setTimeout(this.#killAll, drainTimeoutMs + END_GRACE_MS)
    await Promise.all(workers.map(({ ended }) => ended))
    clearTimeout(timer)
    await this.stop()
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    this.#stopListening()
    this.#handover.close()
    const workers = [...this.#workers.values()]
    this.#killAll()
    await Promise.all(workers.map(({ ended }) => ended))
    process.off('exit', this.#killAll)
  }

  readonly #killAll = () => {
    for (const worker of this.#workers.values()) worker.kill()
  }

  async #listen(): Promise<void> {
    const { grpcListen, httpListen } = this.#config
    for (const [door, address] of [['grpc', grpcListen] as const, ['http', httpListen] as const]) {
      if (!address) continue
      const port = new AcceptingPort((socket) => this.#handover.accept(door, socket))
      this.#ports.push(port)
      this.#addresses[door] = { ...address, port: await port.listen(address.host, address.port) }
    }
  }

  #stopListening(): void {
    for (const port of this.#ports.splice(0)) port.close()
  }

  /** Those that clients are to meet and that are not late, where there are such; else what there is. */
  #candidates(): readonly WorkerProcess[] {
    const inService = this.#inService()
    const prompt = inService.filter(({ id }) => !this.#agreement.isLate(id))
    return prompt.length > 0 ? prompt : inService
  }

  #inService(): readonly WorkerProcess[] {
    const up = [...this.#workers.values()].filter(({ isUp }) => isUp)
    const inService = up.filter((worker) => worker.isInService)
    return inService.length > 0 ? inService : up
  }

  /** Resolves once the worker is up. Throws where it ends before. */
  #fork({ isInitial = false, checksStore = false }): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const worker = new WorkerProcess(cluster.fork(), isInitial, (from, message) => {
      this.#hear(from, message)
      if (message.kind === 'up') resolve()
    })
    this.#workers.set(worker.id, worker)
    // The delay before a drain is for all of them at once, and here.
    worker.say({ kind: 'start', config: { ...this.#config, drainDelayMs: 0 }, checksStore })
    worker.ended.then((ending) => {
      this.#leave(worker)
      reject(new WorkerFailedError(worker.failure ?? `a worker ended before it could serve: ${described(ending)}`))
      return this.#replace(worker, ending)
    })
    return promise
  }

  #hear(worker: WorkerProcess, message: ToSupervisor): void {
    switch (message.kind) {
      case 'up':
        worker.isUp = true
        this.#log.info({ worker: worker.id, pid: worker.pid }, 'a worker is up')
        worker.say({ kind: 'readiness', readiness: this.#readiness })
        this.#handover.retry()
        break
      case 'leaving':
        worker.isUp = false
        break
      case 'failed':
        worker.failure = message.message
        break
      case 'taken':
        this.#handover.taken(worker, message.id)
        break
      case 'closed':
        this.#handover.closed(worker, message.id)
        break
      case 'join':
        worker.say({ kind: 'joined', least: this.#agreement.join(this.#memberOf(worker), message.revision) })
        worker.joinedAt = performance.now()
        this.#hasServed = true
        break
      case 'holds':
        this.#agreement.holds(worker.id, message.revision)
        break
      case 'fenced':
        this.#agreement.fenced(worker.id, message.revision)
        break
      case 'settle':
        this.#agreement.settle(worker.id, message.revision)
        break
      case 'readiness':
        worker.readiness = message.readiness
        break
      case 'measured':
        this.#collection.measured(worker, message.id, message.values)
        break
      case 'metrics':
        this.#collection.text([...this.#workers.values()]).then((text) => {
          worker.say({ kind: 'metrics', id: message.id, text })
        })
        break
    }
    if (READINESS_MAY_CHANGE.has(message.kind)) this.#poolReadiness()
  }

  #memberOf(worker: WorkerProcess) {
    return {
      id: worker.id,
      hold: (revision: bigint) => worker.say({ kind: 'hold', revision }),
      fence: (revision: bigint) => worker.say({ kind: 'fence', revision }),
      settled: (revision: bigint) => worker.say({ kind: 'settled', revision }),
      end: () => {
        this.#log.error({ worker: worker.id, pid: worker.pid }, 'a worker does not answer and is ended')
        worker.kill()
      },
    }
  }

  #noteLate(id: number): void {
    this.#log.warn({ worker: id }, 'a worker lags; it is left out until it has caught up')
    this.#workers.get(id)?.say({ kind: 'shed' })
  }

  #leave(worker: WorkerProcess): void {
    this.#workers.delete(worker.id)
    this.#agreement.leave(worker.id)
    this.#collection.leave(worker)
    this.#handover.leave(worker)
    this.#poolReadiness()
  }

  async #replace(worker: WorkerProcess, ending: Ending): Promise<void> {
    const { signal } = this.#ending
    if (!this.#isUp || signal.aborted) return
    if (worker.failure !== undefined && !this.#hasServed) {
      this.#failed.reject(new WorkerFailedError(worker.failure))
      return
    }
    const delayMs = this.#restarts.delayMs(worker.joinedAt === undefined ? 0 : performance.now() - worker.joinedAt)
    this.#log.error(
      { worker: worker.id, pid: worker.pid, why: worker.failure ?? described(ending), delay_ms: delayMs },
      'a worker ended, and is replaced',
    )
    await delay(delayMs, undefined, { signal }).catch(() => {})
    if (!signal.aborted) await this.#fork({}).catch(() => {})
  }

  #poolReadiness(): void {
    if (this.#ending.signal.aborted) return
    const readiness = pooledReadiness(this.#inService().map((worker) => worker.readiness))
    if (!isDeepStrictEqual(readiness, this.#readiness)) this.#tellReadiness(readiness)
  }

  #tellReadiness(readiness: Readiness): void {
    this.#readiness = readiness
    for (const worker of this.#workers.values()) worker.say({ kind: 'readiness', readiness })
  }
}

/** What a worker says that may change what the server is ready for. */
const READINESS_MAY_CHANGE: ReadonlySet<ToSupervisor['kind']> = new Set(['up', 'join', 'readiness'])

function described({ code, signal }: Ending): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`
}
