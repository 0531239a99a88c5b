import type { StreamChange, WatchBookmark, WatchStreamsResponse } from '../../gen/chatapi/v1/chat_api_pb.js'
import { ErrorReason } from '../../gen/chatapi/v1/chat_api_pb.js'
import type { ChatApiClient } from '../client.ts'
import { ChatApiError } from '../errors.ts'
import { Copy } from './copy.ts'
import type { Filter } from './filter.ts'
import { failure } from './refusals.ts'

/** Heartbeats that may be missed until a watch counts as broken. */
const MISSED_HEARTBEATS = 3
const MS_PER_SECOND = 1_000
const NANOS_PER_MS = 1_000_000
const CHECK_INTERVAL_MS = 1_000
/** How often a snapshot that is older than the copy is refused. A directory that was set back has no newer one. */
const MAX_OLD_SNAPSHOTS = 5

export interface WatchOptions {
  readonly filter: Filter
  readonly heartbeatMs: number
  readonly snapshotTimeoutMs: number
}

/** What a watch tells a replica. */
export interface WatchSink {
  /** Something came. */
  heard(): void
  /** A whole snapshot takes the place of all that was. */
  replaced(copy: Copy, revision: bigint): void
  /** All of a commit. */
  committed(changes: readonly StreamChange[], revision: bigint): void
  /** All up to a revision is known. Returns whether the copy is what it has to be. */
  reached(bookmark: WatchBookmark): boolean
}

/** What is known between one watch and the next. */
export class Watch {
  readonly #client: ChatApiClient
  readonly #options: WatchOptions
  readonly #sink: WatchSink
  #token = ''
  #directoryId = ''
  #revision = 0n
  #oldSnapshots = 0

  constructor(client: ChatApiClient, options: WatchOptions, sink: WatchSink) {
    this.#client = client
    this.#options = options
    this.#sink = sink
  }

  /** Watches until it fails, as every watch does some day. The next call goes on where this one ended. */
  async follow(signal: AbortSignal): Promise<never> {
    const { heartbeatMs, filter } = this.#options
    const seconds = Math.floor(heartbeatMs / MS_PER_SECOND)
    const nanos = Math.round((heartbeatMs % MS_PER_SECOND) * NANOS_PER_MS)
    const start = this.#token === '' ? undefined : ({ case: 'resumeToken', value: this.#token } as const)
    const request = {
      filter,
      heartbeat: { seconds: BigInt(seconds), nanos },
      omitPrevious: true,
      ...(start && { start }),
    }
    const reading = new Reading(this.#sink, start ? undefined : new Copy())
    const limit = new TimeLimit(reading, this.#options, signal)
    try {
      const answers = this.#client.watchStreams(request, { signal: limit.signal, retry: false, timeoutMs: 0 })
      for await (const message of answers) {
        limit.heard()
        this.#take(message, reading)
      }
    } catch (error) {
      throw limit.reason ?? this.#understood(error)
    } finally {
      limit.end()
    }
    throw failure('WatchStreams', 'UNAVAILABLE', ErrorReason.UNSPECIFIED, 'the watch ended without a reason')
  }

  /** Has the next watch begin with a snapshot. */
  forget(): void {
    this.#token = ''
  }

  #take({ event, resumeToken }: WatchStreamsResponse, reading: Reading): void {
    this.#sink.heard()
    if (event.case === 'opened') this.#assertNewer(event.value.directoryId, BigInt(event.value.revision), reading)
    if (event.case === 'commit' || event.case === 'bookmark') this.#revision = BigInt(event.value.revision)
    reading.take(event)
    if (resumeToken !== '' && !reading.isInSnapshot) this.#token = resumeToken
  }

  /** A snapshot of a server that is behind would take the replica back. */
  #assertNewer(directoryId: string, revision: bigint, reading: Reading): void {
    const isOld = reading.isInSnapshot && directoryId === this.#directoryId && revision < this.#revision
    if (isOld && this.#oldSnapshots++ < MAX_OLD_SNAPSHOTS) {
      const message = `the server is at revision ${revision}, and the replica at ${this.#revision}`
      throw failure('WatchStreams', 'UNAVAILABLE', ErrorReason.REVISION_NOT_REACHED, message)
    }
    this.#oldSnapshots = 0
    this.#directoryId = directoryId
  }

  /** Where what was missed cannot be told any more, whatever the reason, a new snapshot helps. */
  #understood(error: unknown): unknown {
    if (!(error instanceof ChatApiError)) return error
    const { code, reason } = error
    if (code === 'OUT_OF_RANGE' || reason === ErrorReason.RESUME_TOKEN_MISMATCH) this.forget()
    return error
  }
}

/** The messages of one watch, put together to what a replica takes in at once. */
class Reading {
  readonly #sink: WatchSink
  /** Until the snapshot is whole. */
  #copy: Copy | undefined
  /** Of a commit that is not whole. */
  #changes: StreamChange[] = []
  /** As the server has it. */
  heartbeatMs: number | undefined

  constructor(sink: WatchSink, copy: Copy | undefined) {
    this.#sink = sink
    this.#copy = copy
  }

  get isInSnapshot(): boolean {
    return this.#copy !== undefined
  }

  take(event: WatchStreamsResponse['event']): void {
    switch (event.case) {
      case 'opened': {
        const { heartbeat } = event.value
        if (heartbeat) this.heartbeatMs = Number(heartbeat.seconds) * MS_PER_SECOND + heartbeat.nanos / NANOS_PER_MS
        break
      }
      case 'snapshot':
        for (const [index, stream] of event.value.streams.entries()) {
          this.#copy?.put(stream, Number(event.value.positions[index]))
        }
        break
      case 'commit':
        // One at a time: a spread of many would not fit the stack.
        for (const change of event.value.changes) this.#changes.push(change)
        if (event.value.more) break
        this.#sink.committed(this.#changes, BigInt(event.value.revision))
        this.#changes = []
        break
      case 'bookmark':
        this.#takeBookmark(event.value)
        break
    }
  }

  #takeBookmark(bookmark: WatchBookmark): void {
    if (this.#copy && bookmark.snapshotComplete) {
      this.#sink.replaced(this.#copy, BigInt(bookmark.revision))
      this.#copy = undefined
    }
    if (this.#copy) return
    if (!this.#sink.reached(bookmark)) throw new MismatchError()
  }
}

/** The copy is not what the server has. */
export class MismatchError extends Error {
  override readonly name = 'MismatchError'
}

/** Ends a watch whose snapshot takes too long, or that is silent. */
class TimeLimit {
  readonly #ending = new AbortController()
  readonly #timer: ReturnType<typeof setInterval>
  readonly #startedAt = performance.now()
  readonly #stopListening: () => void
  #heardAt = this.#startedAt
  /** Why the watch was ended, where that was here. */
  reason: ChatApiError | undefined

  constructor(reading: Reading, { heartbeatMs, snapshotTimeoutMs }: WatchOptions, signal: AbortSignal) {
    const check = () => {
      const now = performance.now()
      const silenceMs = (reading.heartbeatMs ?? heartbeatMs) * MISSED_HEARTBEATS
      if (reading.isInSnapshot && now - this.#startedAt > snapshotTimeoutMs) {
        this.#end(`the snapshot was not whole within ${snapshotTimeoutMs} ms`)
      } else if (!reading.isInSnapshot && now - this.#heardAt > silenceMs) {
        this.#end(`nothing was heard for ${silenceMs} ms`)
      }
    }
    this.#timer = setInterval(check, Math.min(CHECK_INTERVAL_MS, snapshotTimeoutMs / 2))
    const close = () => this.#ending.abort(signal.reason)
    if (signal.aborted) close()
    signal.addEventListener('abort', close, { once: true })
    this.#stopListening = () => signal.removeEventListener('abort', close)
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  heard(): void {
    this.#heardAt = performance.now()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#stopListening()
    this.#ending.abort()
  }

  #end(message: string): void {
    this.reason = failure('WatchStreams', 'DEADLINE_EXCEEDED', ErrorReason.DEADLINE_EXCEEDED, message)
    this.#ending.abort(this.reason)
  }
}
