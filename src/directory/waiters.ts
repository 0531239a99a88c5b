import { ChatApiError } from '../domain/errors.ts'
import { type Caller, patienceMs } from '../domain/patience.ts'
import type { ReadOptions } from '../store/store.ts'

/** How long a read waits for what a write elsewhere promised. Longer, and the writes are not arriving. */
const MAX_WAIT_MS = 5_000
const RETRY_MS = 500

interface Waiter {
  readonly isThere: () => boolean
  readonly resolve: () => void
}

/** Those who wait until a view holds something. */
export class Waiters {
  readonly #waiters = new Set<Waiter>()

  /** Lets go those whose wait is over. Called whenever the view has changed. */
  check(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isThere()) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  /**
   * Returns once `isThere`; throws REVISION_NOT_REACHED when that takes too long.
   *
   * @param what is waited for, as the error names it
   */
  async wait(isThere: () => boolean, what: string, options: ReadOptions): Promise<void> {
    if (isThere()) return
    const { signal } = options
    signal?.throwIfAborted()
    const limitMs = waitMs(options)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { isThere, resolve }
    const timer = setTimeout(() => reject(notReached(what, limitMs)), limitMs)
    const onAbort = () => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#waiters.add(waiter)
    try {
      await promise
    } finally {
      this.#waiters.delete(waiter)
      signal?.removeEventListener('abort', onAbort)
      clearTimeout(timer)
    }
  }
}

/** How long to wait for somebody, in milliseconds. */
export function waitMs(caller: Caller): number {
  return Math.min(patienceMs(caller), MAX_WAIT_MS)
}

export function notReached(what: string, limitMs: number): ChatApiError {
  const message = `this server has not seen ${what} within ${Math.round(limitMs / 100) / 10} s`
  return new ChatApiError('REVISION_NOT_REACHED', message, { retryAfterMs: RETRY_MS })
}
