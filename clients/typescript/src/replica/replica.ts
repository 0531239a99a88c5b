import { ErrorReason, type StreamChange, type WatchBookmark } from '../../gen/chatapi/v1/chat_api_pb.js'
import { type AbortSignalLike, onAbort, pause } from '../cancellation.ts'
import type { ChatApiClient } from '../client.ts'
import { ChatApiError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { applied, differences, type ReplicaChange } from './changes.ts'
import type { Copy } from './copy.ts'
import { DeletedIds } from './deleted-ids.ts'
import type { ReplicaEvent } from './events.ts'
import type { Filter } from './filter.ts'
import { Listeners } from './listeners.ts'
import { LocalCalls, type Moment } from './local-calls.ts'
import { failure } from './refusals.ts'
import type { PlatformAliases } from './spellings.ts'
import { Waiters } from './waiters.ts'
import { MismatchError, Watch } from './watch.ts'

const DEFAULT_HEARTBEAT_MS = 5_000
const DEFAULT_SNAPSHOT_TIMEOUT_MS = 120_000
const DEFAULT_WAIT_MS = 10_000
const RETRY_AFTER_MS = 500

/** What a replica keeps, and how. */
export interface ReplicaOptions {
  /** The streams to keep, and all that the replica knows of. Absent means all. */
  readonly filter?: Filter | undefined
  /**
   * How often the server says that all is well, in milliseconds: 1,000 to 60,000, by default 5,000. So late at most a replica
   * with a filter knows that it has reached a revision that changed none of its streams.
   */
  readonly heartbeatMs?: number | undefined
  /** For how long a snapshot may take, in milliseconds; by default 120,000. */
  readonly snapshotTimeoutMs?: number | undefined
  /** What `resolve` takes other names of platforms for; by default what servers do. */
  readonly platformAliases?: PlatformAliases | undefined
}

/**
 * A copy of the directory, or of what a filter matches of it, that follows the server and answers at once.
 *
 * ```ts
 * using replica = new Replica(client, { filter: { platforms: ['qq'] } })
 * await replica.ready
 * console.log(replica.getStreamByGroupId({ groupId: '941657197' }).stream?.displayName)
 * replica.onChange(({ before, after }) => console.log(before?.displayName, after?.displayName))
 * ```
 *
 * It is fed by its watch alone and never by answers. While there is no server it answers from what it has: `stalenessMs`
 * says how old that may be. Until it is closed it goes on trying, and keeps its process alive.
 */
export class Replica extends LocalCalls implements Disposable {
  /**
   * Resolves when there is a copy to answer from. Rejects when the replica is closed before, and when the server refuses the
   * watch for a reason that trying again alone does not mend; it tries on all the same.
   */
  readonly ready: Promise<void>
  readonly #readiness = Promise.withResolvers<void>()
  readonly #closing = new AbortController()
  readonly #watch: Watch
  readonly #waiters = new Waiters()
  readonly #deleted = new DeletedIds()
  readonly #changes: Listeners<ReplicaChange>
  readonly #events: Listeners<ReplicaEvent>
  #moment: Moment | undefined
  #heardAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #isMending = false
  #lastError: ChatApiError | undefined

  constructor(client: ChatApiClient, options: ReplicaOptions = {}) {
    super(options.platformAliases)
    const { filter = {}, heartbeatMs = DEFAULT_HEARTBEAT_MS, snapshotTimeoutMs = DEFAULT_SNAPSHOT_TIMEOUT_MS } = options
    const failed = (error: unknown) => this.#events.tell({ type: 'listener-failed', error })
    this.#changes = new Listeners(failed)
    this.#events = new Listeners(() => {})
    this.#watch = new Watch(client, { filter, heartbeatMs, snapshotTimeoutMs }, this.#sink())
    this.ready = this.#readiness.promise
    // Nobody has to ask for it.
    this.ready.catch(() => {})
    void this.#run()
  }

  /** Whether there is a copy to answer from. */
  get isReady(): boolean {
    return this.#moment !== undefined
  }

  /** The revision that answers are of, as `at_least_revision` has it; empty until there is one. */
  get revision(): string {
    return this.#moment ? String(this.#moment.revision) : ''
  }

  /** For how long nothing was heard of the server, in milliseconds: answers are no older. `Infinity` until it is ready. */
  get stalenessMs(): number {
    return this.#moment ? performance.now() - this.#heardAt : Number.POSITIVE_INFINITY
  }

  /** How many streams there are. */
  get size(): number {
    return this.moment('GetStreamsSummary').copy.digest.matching
  }

  /**
   * Calls back for each stream that changes, once all of its commit shows. The snapshot that makes the replica ready is no
   * change. What it returns ends it.
   */
  onChange(listener: (change: ReplicaChange) => void): () => void {
    return this.#changes.add(listener)
  }

  /** Calls back for what happens to the replica itself. What it returns ends it. */
  onEvent(listener: (event: ReplicaEvent) => void): () => void {
    return this.#events.add(listener)
  }

  /**
   * Resolves once answers hold a revision, which a write returned; at once for an empty one. Rejects with
   * REVISION_NOT_REACHED after `timeoutMs`, by default 10,000, and when the replica is closed.
   */
  async waitFor(
    revision: string,
    { timeoutMs = DEFAULT_WAIT_MS, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignalLike } = {},
  ): Promise<void> {
    const wanted = BigInt(revision === '' ? 0 : revision)
    if (this.#moment && this.#moment.revision >= wanted) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const forget = this.#waiters.add(wanted, resolve)
    const timer = setTimeout(() => reject(this.#notReached(revision)), timeoutMs)
    const ignoreAbort = onAbort(signal, () => reject(signal!.reason))
    const ignoreClosing = onAbort(this.#closing.signal, () => reject(this.#closing.signal.reason))
    try {
      await promise
    } finally {
      forget()
      clearTimeout(timer)
      ignoreAbort()
      ignoreClosing()
    }
  }

  /** Ends the watch. Calls fail from then on. `using` does the same. */
  close(): void {
    if (this.#closing.signal.aborted) return
    const error = failure('Replica', 'CANCELLED', ErrorReason.CANCELLED, 'the replica is closed')
    this.#moment = undefined
    this.#lastError = error
    this.#closing.abort(error)
    this.#readiness.reject(error)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  protected override moment(method: string): Moment {
    if (this.#moment) return this.#moment
    if (this.#closing.signal.aborted) throw this.#lastError
    const why = this.#lastError ? `: ${this.#lastError.message}` : ''
    const cause = this.#lastError
    const more = { retryAfterMs: RETRY_AFTER_MS, ...(cause && { cause }) }
    const message = `the replica has no snapshot yet${why}`
    throw failure(method, 'UNAVAILABLE', ErrorReason.DIRECTORY_LOADING, message, more)
  }

  /** Watches, again and again, until it is closed. */
  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#watch.follow(signal)
      } catch (error) {
        if (signal.aborted) return
        const retryInMs = this.#failed(error)
        await pause(retryInMs, signal).catch(() => {})
      }
    }
  }

  /** Takes note of a watch that ended. Returns when to try again. */
  #failed(error: unknown): number {
    this.#failures += 1
    if (error instanceof MismatchError) {
      this.#watch.forget()
      return this.#untilSnapshotMs()
    }
    const reported = error instanceof ChatApiError ? error : internal(error)
    this.#lastError = reported
    if (!this.#moment && isLasting(reported)) this.#readiness.reject(reported)
    const pauseMs = reported.code === 'OUT_OF_RANGE' ? this.#untilSnapshotMs() : backoffMs(this.#failures)
    const retryInMs = Math.max(pauseMs, reported.retryAfterMs ?? 0)
    this.#events.tell({ type: 'interrupted', error: reported, retryInMs })
    return retryInMs
  }

  /** What a snapshot mends it mends at once, unless the last one did not. */
  #untilSnapshotMs(): number {
    const isFirst = !this.#isMending
    this.#isMending = true
    return isFirst ? 0 : backoffMs(this.#failures)
  }

  /** The watch goes on as it should. */
  #recovered(): void {
    this.#failures = 0
    this.#isMending = false
  }

  #sink(): ConstructorParameters<typeof Watch>[2] {
    return {
      heard: () => {
        this.#heardAt = performance.now()
      },
      replaced: (copy, revision) => this.#replace(copy, revision),
      committed: (changes, revision) => this.#commit(changes, revision),
      reached: (bookmark) => this.#reach(bookmark),
    }
  }

  #replace(copy: Copy, revision: bigint): void {
    const old = this.#moment?.copy
    const changes = old && this.#changes.size > 0 ? differences(old, copy, revision) : []
    this.#at(copy, revision)
    this.#events.tell({ type: old ? 'replaced' : 'ready', revision: String(revision) })
    this.#tell(changes)
    this.#readiness.resolve()
  }

  #commit(changes: readonly StreamChange[], revision: bigint): void {
    const { copy } = this.#moment!
    const found = applied(copy, changes, revision)
    for (const change of found) this.#deleted.take(change)
    this.#recovered()
    this.#at(copy, revision)
    this.#tell(found)
  }

  #reach({ revision, matching, digest, snapshotComplete }: WatchBookmark): boolean {
    const { copy } = this.#moment!
    const found = { matching: copy.digest.matching, digest: copy.digest.value }
    const expected = { matching: Number(matching), digest }
    if (found.matching !== expected.matching || found.digest !== expected.digest) {
      this.#events.tell({ type: 'mismatch', revision, found, expected })
      return false
    }
    if (!snapshotComplete) this.#recovered()
    this.#at(copy, BigInt(revision))
    return true
  }

  #at(copy: Copy, revision: bigint): void {
    // A listener may have closed it.
    if (this.#closing.signal.aborted) return
    this.#moment = { copy, revision, wasDeleted: (streamId) => this.#deleted.has(streamId) }
    this.#waiters.reached(revision)
  }

  #tell(changes: readonly ReplicaChange[]): void {
    for (const change of changes) this.#changes.tell(change)
  }

  #notReached(revision: string): ChatApiError {
    const at = this.#moment ? `is at revision ${this.revision}` : 'has no snapshot yet'
    const message = `the replica ${at}, and not at ${revision} in time`
    const more = { retryAfterMs: RETRY_AFTER_MS, ...(this.#lastError && { cause: this.#lastError }) }
    return failure('Replica', 'UNAVAILABLE', ErrorReason.REVISION_NOT_REACHED, message, more)
  }
}

/** What stays as it is until somebody does something about it. */
function isLasting({ code }: ChatApiError): boolean {
  return ['INVALID_ARGUMENT', 'UNIMPLEMENTED', 'FAILED_PRECONDITION', 'PERMISSION_DENIED', 'UNAUTHENTICATED'].includes(
    code,
  )
}

function internal(cause: unknown): ChatApiError {
  return failure('WatchStreams', 'INTERNAL', ErrorReason.INTERNAL, `the replica failed: ${cause}`, { cause })
}
