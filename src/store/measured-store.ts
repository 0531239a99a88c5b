import type { Store } from './store.ts'

const OPERATIONS = ['get', 'find', 'list', 'count', 'revision', 'commit'] as const

/** The same store, which tells how long each operation took, in seconds, whether it succeeded or not. */
export function measuredStore(store: Store, tell: (operation: string, seconds: number) => void): Store {
  const measured: Record<string, unknown> = { capabilities: store.capabilities }
  for (const name of ['snapshot', 'watch', 'probe', 'close'] as const) measured[name] = store[name].bind(store)
  for (const name of OPERATIONS) {
    const operate = store[name].bind(store) as (...args: unknown[]) => Promise<unknown>
    measured[name] = (...args: unknown[]) => {
      const begun = performance.now()
      return operate(...args).finally(() => tell(name, (performance.now() - begun) / 1_000))
    }
  }
  return measured as unknown as Store
}
