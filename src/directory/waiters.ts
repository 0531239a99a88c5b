import { ChatApiError } from '../domain/errors.ts'
import type { Revision } from '../domain/revision.ts'

/** How long a read waits for a revision that a write elsewhere promised. Longer, and the writes are not arriving. */
const MAX_WAIT_MS = 5_000
const RETRY_MS = 500

interface Waiter {
  readonly revision: Revision
  readonly resolve: () => void
}

/** Those who wait until a revision is reached. */
export class RevisionWaiters {
  readonly #waiters = new Set<Waiter>()
  #reached: Revision = -1n

  /** The latest revision reached; -1 before the first. */
  get reached(): Revision {
    return this.#reached
  }

  reach(revision: Revision): void {
    if (revision <= this.#reached) return
    this.#reached = revision
    for (const waiter of this.#waiters) {
      if (waiter.revision > revision) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  /** Returns once the revision is reached; throws REVISION_NOT_REACHED when that takes too long. */
  async wait(revision: Revision, signal?: AbortSignal): Promise<void> {
    if (revision <= this.#reached) return
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { revision, resolve }
    const timer = setTimeout(() => reject(this.#notReached(revision)), MAX_WAIT_MS)
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

  #notReached(revision: Revision): ChatApiError {
    return new ChatApiError(
      'REVISION_NOT_REACHED',
      `this server has not seen revision ${revision} within ${MAX_WAIT_MS / 1000} s; it is at ${this.#reached}`,
      { retryAfterMs: RETRY_MS },
    )
  }
}
