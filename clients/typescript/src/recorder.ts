import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ChatApiClient } from './client.ts'
import type { ErrorCode } from './codes.ts'
import { ChatApiError } from './errors.ts'
import { type Sighting, Sightings } from './sightings.ts'

/** Activities that a server takes at a time. */
const MAX_BATCH = 1_000
const DEFAULT_INTERVAL_MS = 1_000
const DEFAULT_MAX_PENDING = 10_000
/** How long the last batch is tried. A connection that was lost is made anew within a second. */
const CLOSE_MS = 2_000
const RETRY_MS = 100

/** What may be over by the next time. */
const PASSING: readonly ErrorCode[] = ['ABORTED', 'DEADLINE_EXCEEDED', 'INTERNAL', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE']
/** What a single activity of a batch may be the reason of. */
const OF_ONE: readonly ErrorCode[] = ['ALREADY_EXISTS', 'INVALID_ARGUMENT', 'PERMISSION_DENIED']

/** Something that a bot saw. */
export interface Seen {
  readonly platform: string
  readonly groupId?: string | number | bigint | undefined
  /** Of whoever acted; without a group, of whose private chat it is. */
  readonly userId?: string | number | bigint | undefined
  /** Names as of now; absent says nothing of a name. */
  readonly groupName?: string | undefined
  readonly userNickname?: string | undefined
  readonly userCardname?: string | undefined
  /** The bot's own, where it has several. */
  readonly account?: string | number | bigint | undefined
  readonly scope?: string | undefined
  /** When, also in milliseconds since 1970. Default: now. */
  readonly at?: Date | number | undefined
}

export interface RecorderOptions {
  /** Milliseconds between two batches. Default: 1,000. */
  readonly intervalMs?: number
  /** Chats that may wait to be sent. Default: 10,000. */
  readonly maxPending?: number
  /** Told why something was dropped, or waits. Default: nobody. */
  readonly onError?: (error: unknown) => void
}

/**
 * Records what a bot sees: `saw` returns at once and never throws, whatever becomes of the server.
 *
 * ```ts
 * const recorder = new Recorder(createClient())
 * recorder.saw({ platform: 'qq', groupId: 941657197, groupName: 'MaiBot', userId: 1787882683 })
 * ```
 *
 * What was seen is sent once a second, or when a thousand chats wait: one entry a chat, with what was seen last. While the
 * server is away it waits, up to `maxPending` chats; what is beyond that, or is refused, is dropped and counted. A process
 * that has nothing more to do sends it before it ends; before `process.exit`, await `close`.
 */
export class Recorder implements AsyncDisposable {
  readonly #client: Pick<ChatApiClient, 'recordActivity'>
  readonly #intervalMs: number
  readonly #maxPending: number
  readonly #onError: (error: unknown) => void
  readonly #sightings: Sightings
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: Promise<boolean> | undefined
  #isClosed = false
  #recorded = 0
  #dropped = 0

  constructor(client: Pick<ChatApiClient, 'recordActivity'>, options: RecorderOptions = {}) {
    const { intervalMs = DEFAULT_INTERVAL_MS, maxPending = DEFAULT_MAX_PENDING, onError = () => {} } = options
    this.#client = client
    this.#intervalMs = intervalMs
    this.#maxPending = maxPending
    this.#onError = onError
    this.#sightings = new Sightings(maxPending)
  }

  /** Chats of which something waits to be sent. */
  get pending(): number {
    return this.#sightings.size
  }

  /** Entries that the server took. */
  get recorded(): number {
    return this.#recorded
  }

  /** What was seen and is lost: there was no room, or it was refused, or it was nothing that could be sent. */
  get dropped(): number {
    return this.#dropped
  }

  /** Notes that something happened in a chat. */
  saw(seen: Seen): void {
    try {
      if (this.#isClosed || !this.#sightings.add(sightingOf(seen))) this.#dropped += 1
      else this.#schedule(this.#sightings.size >= MAX_BATCH ? 0 : this.#intervalMs)
    } catch (error) {
      // A bot goes on, whatever it was given by a platform.
      this.#drop(1, error)
    }
  }

  /** Sends all that waits. False where the server is away: what could not be sent goes on to wait. */
  flush(): Promise<boolean> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  /** Sends what waits, which it tries for two seconds, and ends. What cannot be sent then is dropped. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const deadline = performance.now() + CLOSE_MS
    while (this.#sightings.size > 0 || this.#sending) {
      if (!(await this.flush()) && performance.now() > deadline) break
      await new Promise((resolve) => setTimeout(resolve, this.#sightings.size > 0 ? RETRY_MS : 0))
    }
    this.#dropped += this.#sightings.take(this.#maxPending).length
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A process waits for the next batch before it ends, but not for a server that is away. */
  #schedule(delayMs: number, isRetry = false): void {
    if (this.#timer !== undefined && delayMs > 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(async () => {
      this.#timer = undefined
      const isSent = await this.flush()
      if (this.#sightings.size > 0 && !this.#isClosed) this.#schedule(this.#intervalMs, !isSent)
    }, delayMs)
    if (isRetry) (this.#timer as { unref?: () => void }).unref?.()
  }

  async #sendAll(): Promise<boolean> {
    // What is seen meanwhile is for the next time.
    for (let left = Math.ceil(this.#sightings.size / MAX_BATCH); left > 0; left--) {
      if (!(await this.#send(this.#sightings.take(MAX_BATCH)))) return false
    }
    return true
  }

  /** Whether the server can be given more. */
  async #send(batch: readonly Sighting[]): Promise<boolean> {
    try {
      await this.#client.recordActivity({ activities: [...batch] })
      this.#recorded += batch.length
    } catch (error) {
      const code = error instanceof ChatApiError ? error.code : undefined
      if (code && PASSING.includes(code)) {
        this.#tell(error)
        this.#dropped += batch.filter((sighting) => !this.#sightings.putBack(sighting)).length
        return false
      }
      if (code && OF_ONE.includes(code) && batch.length > 1) {
        const middle = batch.length >> 1
        const isFirstSent = await this.#send(batch.slice(0, middle))
        if (isFirstSent) return this.#send(batch.slice(middle))
        this.#dropped += batch.slice(middle).filter((sighting) => !this.#sightings.putBack(sighting)).length
        return false
      }
      this.#drop(batch.length, error)
    }
    return true
  }

  #drop(count: number, error: unknown): void {
    this.#dropped += count
    this.#tell(error)
  }

  #tell(error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // Nor does it suffer from what is told.
    }
  }
}

function sightingOf({ platform, account, scope, at = Date.now(), ...seen }: Seen): Sighting {
  const [groupId, userId] = [textOf(seen.groupId), textOf(seen.userId)]
  if (!platform || (!groupId && !userId)) throw new TypeError('a platform is needed, and a group or a user')
  const ms = typeof at === 'number' ? at : at.getTime()
  if (!Number.isFinite(ms)) throw new TypeError('at is no time')
  const names = {
    ...(seen.userNickname !== undefined && { userNickname: seen.userNickname }),
    ...(seen.userCardname !== undefined && { userCardname: seen.userCardname }),
  }
  const accountId = textOf(account)
  return {
    platform,
    ...(accountId !== undefined && { accountId }),
    ...(scope !== undefined && { scope }),
    ...(groupId && { groupInfo: { groupId, ...(seen.groupName !== undefined && { groupName: seen.groupName }) } }),
    ...(userId && { userInfo: { userId, ...names } }),
    activeTime: timestampFromMs(Math.round(ms)),
  }
}

function textOf(id: string | number | bigint | undefined): string | undefined {
  return id === undefined || id === null ? undefined : String(id)
}
