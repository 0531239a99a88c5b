import { isEverything, narrowed, type Scope } from '../../domain/access.ts'
import type { StreamFilter } from '../../domain/filter.ts'
import type { Caller } from '../../domain/patience.ts'
import {
  expired,
  formatResumeToken,
  parseResumeToken,
  type ResumePoint,
  type WatchIdentity,
} from '../../domain/resume-token.ts'
import type { Revision } from '../../domain/revision.ts'
import { CursorExpiredError, type StoreFeed } from '../../store/store.ts'
import type { Frame, FrameCodec } from '../rows.ts'
import { type AppliedCommit, appliedFrom, BeforeUnknownError, type SeenChange } from './changes.ts'
import { Digest, etagNumber } from './digest.ts'
import { WatcherGroup } from './group.ts'
import { snapshotPages } from './snapshot-pages.ts'
import { Turns } from './turns.ts'
import type { Audience, Watchable } from './watchable.ts'
import { type Message, Watcher } from './watcher.ts'

/** Snapshots that are read at a time; further watchers wait for theirs, and are told meanwhile that they are watching. */
const MAX_SNAPSHOTS = 8

/** What a watcher asks for. */
export interface WatchRequest {
  readonly filter: StreamFilter
  /** From where to go on; absent: from a snapshot, or, with `changesOnly`, from now. */
  readonly resumeToken?: string | undefined
  readonly changesOnly: boolean
  readonly heartbeatMs: number
  readonly omitsPrevious: boolean
}

/** Puts what there is to tell into the form in which it is sent. */
export interface WatchEncoder {
  opened(facts: Opened, token: string | undefined): Message
  snapshot(frames: readonly Frame[], positions: readonly number[]): Message
  commit(changes: readonly SeenChange[], revision: Revision, token: string): Message[]
  bookmark(bookmark: Bookmark, token: string): Message
}

export interface Opened {
  readonly directoryId: string
  readonly revision: Revision
  readonly heartbeatMs: number
  /** From which on resuming is possible; undefined where that is not known. */
  readonly oldestRevision: Revision | undefined
}

export interface Bookmark {
  readonly revision: Revision
  readonly isSnapshotComplete: boolean
  readonly digest: Readonly<Digest>
}

export interface WatchesOptions {
  readonly view: Watchable
  readonly feed: Pick<StoreFeed, 'watch' | 'oldestRevision'>
  readonly encoder: WatchEncoder
  readonly codec: FrameCodec
  /** What may wait for one watcher, in bytes. Default: 8 MiB. */
  readonly maxWatchQueueBytes?: number
}

const DEFAULT_MAX_QUEUE_BYTES = 8 * 1024 * 1024

/** Watchers with one filter and scope, and what belongs to them. */
interface Company {
  readonly key: string
  readonly group: WatcherGroup
  readonly tokenAt: (point: ResumePoint) => string
  /** Ends the counting of what matches. */
  readonly ending: AbortController
  /** The last one, for all that are at the same revision. */
  bookmark?: { readonly revision: Revision; readonly message: Message }
}

interface Membership {
  readonly company: Company
  /** Where the view stood when the watcher joined: everything after that is told to it. */
  readonly point: ResumePoint
}

/** Tells watchers what changes: a snapshot or what they missed, then each commit, and now and then where they are. */
export class Watches implements Audience {
  readonly #options: WatchesOptions
  readonly #companies = new Map<string, Company>()
  readonly #snapshots = new Turns(MAX_SNAPSHOTS)
  #watchers = 0
  #queueBytes = 0

  constructor(options: WatchesOptions) {
    this.#options = options
    options.view.audience = this
  }

  /** How many watchers there are. */
  get size(): number {
    return this.#watchers
  }

  /** What waits for them, in bytes. */
  get queueBytes(): number {
    return this.#queueBytes
  }

  /** What a watcher is told, until the signal is aborted. Throws where it cannot be told, or no longer. */
  async *watch(request: WatchRequest, scope: Scope, caller: Caller, signal: AbortSignal): AsyncGenerator<Message> {
    const { view, feed, encoder } = this.#options
    const identity = { filter: request.filter, scope: isEverything(scope) ? undefined : scope }
    const from = request.resumeToken === undefined ? undefined : parseResumeToken(identity, request.resumeToken)
    if (from) {
      await this.#assertKnown(from, signal)
      await view.waitFor(from.revision, caller)
    }
    const opened = {
      directoryId: view.directoryId,
      revision: view.point.revision,
      heartbeatMs: request.heartbeatMs,
      oldestRevision: await feed.oldestRevision({ signal }),
    }
    const watcher = new Watcher({
      maxQueueBytes: this.#options.maxWatchQueueBytes ?? DEFAULT_MAX_QUEUE_BYTES,
      onQueued: (bytes) => {
        this.#queueBytes += bytes
      },
    })
    let company: Company | undefined
    let heartbeat: NodeJS.Timeout | undefined
    const join = (): Membership => {
      const joined = this.#companyOf(request, scope, identity)
      company = joined
      joined.group.watchers.add(watcher)
      heartbeat = setInterval(() => this.#bookmark(joined, watcher), request.heartbeatMs)
      return { company: joined, point: view.point }
    }
    this.#watchers += 1
    try {
      if (from) {
        yield encoder.opened(opened, request.resumeToken)
        yield* this.#missed(from, join(), signal)
      } else if (request.changesOnly) {
        const { company, point } = join()
        yield encoder.opened({ ...opened, revision: point.revision }, company.tokenAt(point))
      } else {
        yield encoder.opened(opened, undefined)
        yield* this.#snapshot(join, signal)
      }
      while (!signal.aborted) {
        const message = watcher.take()
        if (message) yield message
        else await watcher.wait(signal)
      }
    } finally {
      clearInterval(heartbeat)
      this.#watchers -= 1
      watcher.fail(new Error('the watch has ended'))
      if (company) this.#leave(company, watcher)
    }
  }

  /** All that matches, as of the moment of joining, and a bookmark that ends it. */
  async *#snapshot(join: () => Membership, signal: AbortSignal): AsyncGenerator<Message> {
    const { view, codec, encoder } = this.#options
    await this.#snapshots.begin(signal)
    try {
      const { company, point } = join()
      const digest = new Digest()
      for await (const { frames, positions } of snapshotPages(view.snapshot(company.group.options.filter), signal)) {
        for (const frame of frames) digest.add(etagNumber(codec.etag(frame)))
        yield encoder.snapshot(frames, positions)
      }
      const bookmark = { revision: point.revision, isSnapshotComplete: true, digest }
      yield encoder.bookmark(bookmark, company.tokenAt(point))
    } finally {
      this.#snapshots.end()
    }
  }

  /** The commits behind a point, up to the one at which the watcher joined: those after it come by themselves. */
  async *#missed(from: ResumePoint, { company, point }: Membership, signal: AbortSignal): AsyncGenerator<Message> {
    if (from.revision === point.revision && from.cursor === point.cursor) return
    const { feed, codec, encoder } = this.#options
    try {
      for await (const event of feed.watch(from.cursor, { signal })) {
        if (event.revision > point.revision) return
        const seen = company.group.seenBefore(appliedFrom(event, codec))
        const token = company.tokenAt({ revision: event.revision, cursor: event.cursor })
        yield* encoder.commit(seen, event.revision, token)
        if (event.revision === point.revision) return
      }
    } catch (error) {
      throw isForgotten(error) ? expired(error.message, error) : error
    }
  }

  /** Throws where the log of the store does not reach back to the point, or is another history. */
  async #assertKnown({ cursor }: ResumePoint, signal: AbortSignal): Promise<void> {
    const ending = new AbortController()
    const commits = this.#options.feed.watch(cursor, { signal: AbortSignal.any([signal, ending.signal]) })
    const first = commits[Symbol.asyncIterator]().next()
    try {
      // A log that knows the cursor may have nothing to tell for long.
      await Promise.race([first, new Promise(setImmediate)])
    } catch (error) {
      throw isForgotten(error) ? expired(error.message, error) : error
    } finally {
      first.catch(() => {})
      ending.abort()
    }
  }

  get isListening(): boolean {
    return this.#companies.size > 0
  }

  tell(commit: AppliedCommit, point: ResumePoint): void {
    for (const { group, tokenAt } of this.#companies.values()) {
      const seen = group.seen(commit)
      if (seen.length === 0) continue
      for (const message of this.#options.encoder.commit(seen, commit.revision, tokenAt(point))) group.tell(message)
    }
  }

  #bookmark(company: Company, watcher: Watcher): void {
    const { view, encoder } = this.#options
    const { digest } = company.group
    if (!digest) return
    const { point } = view
    if (company.bookmark?.revision !== point.revision) {
      const bookmark = { revision: point.revision, isSnapshotComplete: false, digest }
      company.bookmark = { revision: point.revision, message: encoder.bookmark(bookmark, company.tokenAt(point)) }
    }
    watcher.push(company.bookmark.message)
  }

  /** Nobody can be told what they were. */
  missed(): void {
    const reason = expired('commits were missed here')
    for (const { group, ending } of this.#companies.values()) {
      ending.abort()
      for (const watcher of group.watchers) watcher.fail(reason)
    }
    this.#companies.clear()
  }

  #companyOf({ filter, omitsPrevious }: WatchRequest, scope: Scope, identity: WatchIdentity): Company {
    const key = JSON.stringify([identity, omitsPrevious])
    const known = this.#companies.get(key)
    if (known) return known
    const { view, codec } = this.#options
    const isScoped = !isEverything(scope)
    const group = new WatcherGroup({ filter: narrowed(filter, scope), isScoped, omitsPrevious }, codec)
    const ending = new AbortController()
    const company = { key, group, ending, tokenAt: (point: ResumePoint) => formatResumeToken(identity, point) }
    this.#companies.set(key, company)
    void group.count(view.snapshot(group.options.filter), ending.signal)
    return company
  }

  #leave(company: Company, watcher: Watcher): void {
    company.group.watchers.delete(watcher)
    if (company.group.watchers.size > 0) return
    company.ending.abort()
    if (this.#companies.get(company.key) === company) this.#companies.delete(company.key)
  }
}

function isForgotten(error: unknown): error is CursorExpiredError | BeforeUnknownError {
  return error instanceof CursorExpiredError || error instanceof BeforeUnknownError
}
