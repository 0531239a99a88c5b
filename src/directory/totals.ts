import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Filterable, isByPlatformAndType, predicateOf, type StreamFilter } from '../domain/filter.ts'
import { type PlatformCount, PlatformCounts } from '../domain/platform-counts.ts'
import { laterOf, type Revision } from '../domain/revision.ts'
import { streamType } from '../domain/stream.ts'
import {
  type CommitEvent,
  type Cursor,
  CursorExpiredError,
  type ReadOptions,
  type Seen,
  type StoredStream,
  type StoreFeed,
} from '../store/store.ts'
import { Waiters } from './waiters.ts'

const FIRST_RETRY_MS = 1_000
/** The longest wait between two attempts to reach a store. */
const LONGEST_RETRY_MS = 30_000
/** Between two counts rests so many times as long as the first of them took: a store is never counted most of the time. */
const REST = 9

export interface TotalsOptions {
  /** How long to wait at least before counting or following is tried again. Default: 1,000. */
  readonly firstRetryMs?: number
}

/**
 * How many streams each platform of a store has of each type: counted once, then kept by the store's changes, whoever makes
 * them. What is not known is left to the store to count: until the first count is made, while the changes do not come, and where
 * one does not say what was there before it.
 */
export class Totals {
  readonly #store: Pick<StoreFeed, 'totals' | 'watch'>
  readonly #log: Logger
  readonly #firstRetryMs: number
  readonly #waiters = new Waiters()
  #counts = new PlatformCounts()
  /** What the counts are of. */
  #revision: Revision = -1n
  #isFollowing = false
  /** Nothing older may be answered: somebody was let go on that account while the totals were not known. */
  #least: Revision = -1n
  #changedAt: Revision = -1n
  #countMs = 0

  constructor(
    store: Pick<StoreFeed, 'totals' | 'watch'>,
    log: Logger,
    { firstRetryMs = FIRST_RETRY_MS }: TotalsOptions = {},
  ) {
    this.#store = store
    this.#log = log
    this.#firstRetryMs = firstRetryMs
  }

  /** Nothing older is answered, be it from here or by the store. */
  get revision(): Revision {
    return laterOf(this.#revision, this.#least)
  }

  /** The revision of the last change that came; -1 where none has come. */
  get changedAt(): Revision {
    return this.#changedAt
  }

  /** Counts, and follows the store from there, until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    let cursor: Cursor | undefined
    let retryMs = this.#firstRetryMs
    while (!signal.aborted) {
      try {
        cursor ??= await this.#count(signal)
        for await (const event of this.#store.watch(cursor, { signal })) {
          if (!this.#add(event)) {
            cursor = undefined
            this.#log.debug(
              { revision: String(event.revision) },
              'a change does not say what was before; counting anew',
            )
            break
          }
          cursor = event.cursor
          retryMs = this.#firstRetryMs
        }
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof CursorExpiredError) cursor = undefined
        this.#log.warn(
          { err: error },
          cursor ? 'following the store for its totals goes on later' : 'the totals are counted anew',
        )
      }
      this.#interrupt()
      await delay(Math.max(retryMs, cursor ? 0 : REST * this.#countMs), undefined, { signal }).catch(() => {})
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    }
  }

  /** How many of the streams that match each platform has of each type; undefined where only the store can tell. */
  count(filter: StreamFilter): Seen<PlatformCount[]> | undefined {
    if (!this.#isKnown || !isByPlatformAndType(filter)) return undefined
    const isMatch = predicateOf(filter)
    const found = this.#counts.all().filter(({ platform, type }) => isMatch({ platform, type } as Filterable))
    return { found, revision: this.#revision }
  }

  /**
   * Returns once nothing older than the revision is told from here, which may be since nothing is; throws REVISION_NOT_REACHED
   * after a bounded wait.
   */
  async waitFor(revision: Revision, options: ReadOptions = {}): Promise<void> {
    const isThere = () => revision <= this.#revision || !this.#isKnown
    await this.#waiters.wait(isThere, `revision ${revision} in its totals`, options)
    if (revision > this.#revision) this.#least = laterOf(this.#least, revision)
  }

  get #isKnown(): boolean {
    return this.#isFollowing && this.#revision >= this.#least
  }

  async #count(signal: AbortSignal): Promise<Cursor> {
    const begun = performance.now()
    const { counts, revision, cursor } = await this.#store.totals({ signal }).finally(() => {
      this.#countMs = performance.now() - begun
    })
    this.#counts = new PlatformCounts()
    for (const { platform, type, count } of counts) this.#counts.add(platform, type, count)
    this.#reach(revision)
    return cursor
  }

  /** Returns false where it cannot be told what the event adds. */
  #add({ revision, changes }: CommitEvent): boolean {
    if (changes.some(({ before }) => before === 'unknown')) return false
    for (const { before, after } of changes) {
      if (before) this.#addStream(before as StoredStream, -1)
      if (after) this.#addStream(after, 1)
    }
    if (changes.length > 0) this.#changedAt = revision
    this.#reach(revision)
    return true
  }

  #addStream({ stream }: StoredStream, count: 1 | -1): void {
    this.#counts.add(stream.platform, streamType(stream), count)
  }

  #reach(revision: Revision): void {
    this.#revision = revision
    this.#isFollowing = true
    this.#waiters.check()
  }

  #interrupt(): void {
    this.#isFollowing = false
    this.#waiters.check()
  }
}
