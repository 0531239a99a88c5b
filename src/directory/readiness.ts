import type { Availability } from './store-monitor.ts'

/** What the server is there for, as it tells whoever asks. */
export interface Readiness {
  /** Whether it is to be called at all. */
  readonly isServing: boolean
  readonly takesWrites: boolean
  /** Why not, where either is false, in words that anyone may see. */
  readonly reason?: string
}

/** What a server that is to be called must be able to do. */
export type ReadyWhen = 'reads' | 'writes'

/** What decides it. */
export interface Circumstances {
  readonly isLoaded: boolean
  readonly isDraining: boolean
  /** Whether reads are answered without the store. */
  readonly hasView: boolean
  readonly store: Availability
  readonly readyWhen: ReadyWhen
}

export const STARTING: Readiness = Object.freeze(notReady('the directory is still loading'))

export const SHUTTING_DOWN: Readiness = Object.freeze(notReady('the server is shutting down'))

export function readinessOf({ isLoaded, isDraining, hasView, store, readyWhen }: Circumstances): Readiness {
  if (isDraining) return SHUTTING_DOWN
  if (!isLoaded) return STARTING
  const takesWrites = store.writes
  const isServing = readyWhen === 'writes' ? takesWrites : hasView || store.reads
  return { isServing, takesWrites, ...(store.reason !== undefined && { reason: store.reason }) }
}

function notReady(reason: string): Readiness {
  return { isServing: false, takesWrites: false, reason }
}
