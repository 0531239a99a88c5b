import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/ts/grpc/health/v1/health_pb.js'
import { type Readiness, STARTING } from '../directory/readiness.ts'
import type { AccessOf } from '../wire/service-binding.ts'

type HealthService = ServiceImpl<typeof Health>

/** The name of a service whose health is that of the writes of another. */
const WRITES = '/writes'

/**
 * What the server is ready for, by the names under which its health is asked: the empty one and that of the service for
 * the server as a whole, and the service with `/writes` behind it for its writes.
 */
export class HealthStatus {
  readonly #names: ReadonlySet<string>
  readonly #watchers = new Set<() => void>()
  #readiness = STARTING

  constructor(serviceName: string) {
    this.#names = new Set(['', serviceName, serviceName + WRITES])
  }

  get readiness(): Readiness {
    return this.#readiness
  }

  get names(): Iterable<string> {
    return this.#names
  }

  set(readiness: Readiness): void {
    this.#readiness = readiness
    for (const wake of [...this.#watchers]) wake()
  }

  statusOf(name: string): ServingStatus {
    if (!this.#names.has(name)) return ServingStatus.SERVICE_UNKNOWN
    const { isServing, takesWrites } = this.#readiness
    return (name.endsWith(WRITES) ? takesWrites : isServing) ? ServingStatus.SERVING : ServingStatus.NOT_SERVING
  }

  /** Resolves when a status may have changed, or when the signal is aborted. */
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
