import { ChatApiError } from '../domain/errors.ts'

/** How long a read waits for what a write elsewhere promised. Longer, and the writes are not arriving. */
export const MAX_WAIT_MS = 5_000
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
  async wait(isThere: () => boolean, what: string, signal?: AbortSignal): Promise<void> {
    if (isThere()) return
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { isThere, resolve }
    const timer = setTimeout(() => reject(notReached(what)), MAX_WAIT_MS)
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

export function notReached(what: string): ChatApiError {
  const message = `this server has not seen ${what} within ${MAX_WAIT_MS / 1_000} s`
  return new ChatApiError('REVISION_NOT_REACHED', message, { retryAfterMs: RETRY_MS })
}
