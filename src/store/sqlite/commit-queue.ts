import type { DatabaseSync } from 'node:sqlite'
import { patienceMs } from '../../domain/patience.ts'
import type { Revision } from '../../domain/revision.ts'
import { type CommitOptions, ConflictError, type Mutation, StoreClosedError } from '../store.ts'
import { failureInUse, fileReplaced, SQLITE_BUSY, sqliteCode } from './failures.ts'
import type { CommitWriter } from './writer.ts'

/**
 * Mutations of one transaction, at the most, unless a single commit has more. The event loop stands still while they are
 * written: about 40 ms.
 */
const MUTATIONS_PER_TRANSACTION = 2_000

/** First and longest wait before another try for the write lock, which another process holds. */
const FIRST_RETRY_MS = 1
const LONGEST_RETRY_MS = 20

interface Waiting {
  readonly mutations: readonly Mutation[]
  /** What else belongs to the commit. */
  readonly also: (() => void) | undefined
  readonly principal: string | undefined
  /** When to give up waiting for the lock, while the caller is still there. */
  readonly giveUpAt: number
  readonly resolve: (revision: Revision) => void
  readonly reject: (error: unknown) => void
}

interface CommitQueueOptions {
  readonly path: string
  /** How long commits wait for the write lock before they fail. */
  readonly lockTimeoutMs: number
  /** Whether what is written can be read again by whoever opens the path. */
  readonly isInPlace: () => boolean
  /** Called with the last revision of each transaction that wrote something, once it is durable and before anybody hears of it. */
  readonly onDurable: (revision: Revision) => void
}

/**
 * Puts the commits that arrive in one turn of the event loop into one transaction, so that they share one fsync. Each is
 * a savepoint of its own: a conflict undoes that commit and no other.
 */
export class CommitQueue {
  readonly #db: DatabaseSync
  readonly #writer: CommitWriter
  readonly #options: CommitQueueOptions
  #waiting: Waiting[] = []
  #scheduled: NodeJS.Immediate | NodeJS.Timeout | undefined
  #blockedSince: number | undefined
  #retryMs = FIRST_RETRY_MS
  /** Whether the last transaction failed, so that only another one tells whether the disk takes writes. */
  #hasFailed = false

  constructor(db: DatabaseSync, writer: CommitWriter, options: CommitQueueOptions) {
    this.#db = db
    this.#writer = writer
    this.#options = options
  }

  /**
   * Without mutations, only looks whether others would be written.
   *
   * @param also writes what else belongs to the commit, before the mutations; where it throws, the commit fails with that
   */
  add(mutations: readonly Mutation[], options: CommitOptions, also?: () => void): Promise<Revision> {
    const { signal, principal } = options
    const { promise, resolve, reject } = Promise.withResolvers<Revision>()
    const giveUpAt = performance.now() + patienceMs(options)
    const waiting: Waiting = { mutations, also, principal, giveUpAt, resolve, reject }
    this.#waiting.push(waiting)
    this.#scheduled ??= setImmediate(() => this.#run())
    if (!signal) return promise
    const abort = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  /** Writes what waits, if the lock can be had at once, and fails the rest. */
  close(): void {
    this.#unschedule()
    while (this.#waiting.length > 0 && this.#transact()) {}
    this.#unschedule()
    for (const { reject } of this.#waiting.splice(0)) reject(new StoreClosedError())
  }

  #run(): void {
    this.#scheduled = undefined
    this.#transact()
    if (this.#waiting.length > 0) this.#scheduled ??= setImmediate(() => this.#run())
  }

  #unschedule(): void {
    if (this.#scheduled === undefined) return
    clearImmediate(this.#scheduled as NodeJS.Immediate)
    clearTimeout(this.#scheduled as NodeJS.Timeout)
    this.#scheduled = undefined
  }

  /** Whether the lock was there. */
  #transact(): boolean {
    if (this.#waiting.length === 0) {
      this.#blockedSince = undefined
      return true
    }
    try {
      this.#db.exec('BEGIN IMMEDIATE')
    } catch (error) {
      const failure = failureInUse(this.#options.path, error)
      if (sqliteCode(error) === SQLITE_BUSY && this.#retryLater(failure)) return false
      for (const { reject } of this.#waiting.splice(0)) reject(failure)
      return true
    }
    this.#blockedSince = undefined
    this.#retryMs = FIRST_RETRY_MS
    if (this.#options.isInPlace()) {
      this.#commitAll(this.#takeBatch())
    } else {
      this.#db.exec('ROLLBACK')
      const failure = fileReplaced(this.#options.path)
      for (const { reject } of this.#waiting.splice(0)) reject(failure)
    }
    return true
  }

  /** Schedules another try, unless the lock has been waited for long enough. Fails those whose callers leave before that. */
  #retryLater(failure: unknown): boolean {
    const now = performance.now()
    for (const { giveUpAt, reject } of this.#waiting) if (giveUpAt <= now) reject(failure)
    this.#waiting = this.#waiting.filter(({ giveUpAt }) => giveUpAt > now)
    this.#blockedSince ??= now
    if (now - this.#blockedSince > this.#options.lockTimeoutMs) {
      this.#blockedSince = undefined
      return false
    }
    this.#scheduled ??= setTimeout(() => this.#run(), this.#retryMs * (0.5 + Math.random()))
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
    return true
  }

  #takeBatch(): Waiting[] {
    let size = 0
    const end = this.#waiting.findIndex(({ mutations }, i) => {
      size += mutations.length
      return size > MUTATIONS_PER_TRANSACTION && i > 0
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  #commitAll(batch: readonly Waiting[]): void {
    const done: { waiting: Waiting; revision: Revision }[] = []
    let last: Revision | undefined
    try {
      this.#writer.begin()
      for (const waiting of batch) {
        const revision = this.#commitOne(waiting)
        if (revision === undefined) continue
        done.push({ waiting, revision })
        if (waiting.mutations.length > 0) last = revision
      }
      if (last !== undefined || this.#hasFailed) this.#writer.end()
      this.#db.exec('COMMIT')
      this.#hasFailed = false
    } catch (error) {
      this.#hasFailed = true
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      const failure = failureInUse(this.#options.path, error)
      for (const { reject } of batch) reject(failure)
      return
    }
    if (last !== undefined) this.#options.onDurable(last)
    for (const { waiting, revision } of done) waiting.resolve(revision)
    if (last !== undefined) this.#writer.trimLog()
  }

  /** Undefined where this commit failed by itself, without harm to the transaction. */
  #commitOne({ mutations, also, principal, reject }: Waiting): Revision | undefined {
    this.#db.exec('SAVEPOINT one')
    try {
      also?.()
      const revision = this.#writer.apply(mutations, principal)
      this.#db.exec('RELEASE one')
      return revision
    } catch (error) {
      const own = error instanceof ConflictError || sqliteCode(error) === undefined
      if (!own || !this.#db.isTransaction) throw error
      this.#db.exec('ROLLBACK TO one; RELEASE one')
      reject(failureInUse(this.#options.path, error))
      return undefined
    }
  }
}
