import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/ts/grpc/health/v1/health_pb.js'
import type { AccessOf } from '../wire/service-binding.ts'

type HealthService = ServiceImpl<typeof Health>

/** Whether services take calls, by full name; the empty name is the server as a whole. They all change together. */
export class HealthStatus {
  readonly #names: ReadonlySet<string>
  readonly #watchers = new Set<() => void>()
  #serving = false

  constructor(serviceNames: Iterable<string>) {
    this.#names = new Set(['', ...serviceNames])
  }

  get isServing(): boolean {
    return this.#serving
  }

  get names(): Iterable<string> {
    return this.#names
  }

  set(status: 'serving' | 'not serving'): void {
    const serving = status === 'serving'
    if (serving === this.#serving) return
    this.#serving = serving
    for (const wake of [...this.#watchers]) wake()
  }

  statusOf(serviceName: string): ServingStatus {
    if (!this.#names.has(serviceName)) return ServingStatus.SERVICE_UNKNOWN
    return this.#serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING
  }

  /** Resolves when the status changed, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#watchers.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#watchers.add(done)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }
}

/** Whoever balances load has no credentials. */
export const healthAccess: AccessOf<typeof Health> = { check: 'anyone', watch: 'anyone', list: 'anyone' }

export function healthService(health: HealthStatus): HealthService {
  return {
    check({ service }) {
      const status = health.statusOf(service)
      if (status === ServingStatus.SERVICE_UNKNOWN) {
        throw new ConnectError(`no service has the name ${JSON.stringify(service)}`, Code.NotFound)
      }
      return { status }
    },

    /** Tells the status at once and then whenever it is another one. An unknown service may yet become known. */
    async *watch({ service }, { signal }) {
      let told: ServingStatus | undefined
      while (!signal.aborted) {
        const status = health.statusOf(service)
        if (status !== told) yield { status }
        told = status
        // Between the yield and here it may have changed back and forth; only a difference is told.
        if (health.statusOf(service) === told) await health.changed(signal)
      }
      signal.throwIfAborted()
    },

    list() {
      return {
        statuses: Object.fromEntries([...health.names].map((name) => [name, { status: health.statusOf(name) }])),
      }
    },
  }
}
