import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { firstRow, returningArrays } from './statements.ts'

/**
 * Wakes those who wait for commits: at once for those of this store object, which ring it, and for those of others by
 * looking at `PRAGMA data_version`, a counter in shared memory that moves when another connection has committed.
 */
export class ChangeBell {
  readonly #dataVersion: StatementSync
  readonly #pollIntervalMs: number
  readonly #waiting = new Set<{ wake: () => void; fail: (error: unknown) => void }>()
  #timer: NodeJS.Timeout | undefined
  /** Undefined while nobody watches: what happened meanwhile is not known, so the first look rings. */
  #lastVersion: unknown
  #watchers = 0

  constructor(db: DatabaseSync, pollIntervalMs: number) {
    this.#dataVersion = returningArrays(db, 'PRAGMA data_version')
    this.#pollIntervalMs = pollIntervalMs
  }

  /** Starts to look for commits of others, until the returned function is called. */
  listen(): () => void {
    this.#watchers++
    this.#timer ??= setInterval(() => this.#look(), this.#pollIntervalMs)
    return () => {
      if (--this.#watchers > 0) return
      this.#stop()
    }
  }

  /** Returns at the next ring. Whoever looks at the log and waits in the same turn misses nothing. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => waiter.fail(signal?.reason)
      const leave = () => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const waiter = {
        wake: () => {
          leave()
          resolve()
        },
        fail: (error: unknown) => {
          leave()
          reject(error)
        },
      }
      this.#waiting.add(waiter)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  ring(): void {
    for (const { wake } of [...this.#waiting]) wake()
  }

  close(error: unknown): void {
    this.#stop()
    for (const { fail } of [...this.#waiting]) fail(error)
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#lastVersion = undefined
  }

  #look(): void {
    const version = this.#readVersion()
    if (version !== undefined && version === this.#lastVersion) return
    this.#lastVersion = version
    this.ring()
  }

  /** Undefined where even this fails: then the watchers look for themselves and meet the error. */
  #readVersion(): unknown {
    try {
      return firstRow(this.#dataVersion)?.[0]
    } catch {
      return undefined
    }
  }
}
