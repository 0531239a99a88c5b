import type { Tracing } from '../telemetry/tracing.ts'
import type { Store } from './store.ts'

const OPERATIONS = ['get', 'find', 'tombstones', 'list', 'count', 'revision', 'commit', 'totals'] as const

const UNMEASURED = [
  'snapshot',
  'watch',
  'look',
  'logSize',
  'oldestRevision',
  'probe',
  'close',
  'keepPlace',
  'takeLease',
  'endLease',
  'placeIn',
] as const

type Operate = (...args: unknown[]) => Promise<unknown>

/** The same store, which tells how long each operation took, in seconds, whether it succeeded or not. */
export function measuredStore(
  store: Store,
  tell: (operation: string, seconds: number) => void,
  tracing?: Tracing,
): Store {
  const measured: Record<string, unknown> = { capabilities: store.capabilities }
  for (const name of UNMEASURED) measured[name] = store[name].bind(store)
  for (const name of OPERATIONS) {
    const operate = store[name].bind(store) as Operate
    const traced: Operate = tracing ? (...args) => tracing.storeOperation(name, () => operate(...args)) : operate
    measured[name] = (...args: unknown[]) => {
      const begun = performance.now()
      return traced(...args).finally(() => tell(name, (performance.now() - begun) / 1_000))
    }
  }
  return measured as unknown as Store
}
