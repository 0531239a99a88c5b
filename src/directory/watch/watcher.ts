import { ChatApiError } from '../../domain/errors.ts'

/** A message, encoded once for all watchers that get the same. */
export type Message = Uint8Array

export interface WatcherOptions {
  /** What may wait for it, in bytes. */
  readonly maxQueueBytes: number
  /** Told how many bytes more, or fewer, wait. */
  readonly onQueued: (bytes: number) => void
}

/** What waits for one watcher. Whoever does not take it in time is cut off: nobody else waits for it. */
export class Watcher {
  readonly #options: WatcherOptions
  #messages: Message[] = []
  #next = 0
  #bytes = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(options: WatcherOptions) {
    this.#options = options
  }

  get queueBytes(): number {
    return this.#bytes
  }

  push(message: Message): void {
    if (this.#failure) return
    if (this.#bytes + message.byteLength > this.#options.maxQueueBytes && this.#bytes > 0) {
      this.fail(tooSlow(this.#options.maxQueueBytes))
      return
    }
    this.#messages.push(message)
    this.#count(message.byteLength)
    this.#wake?.()
  }

  /** Ends the watch: what waits is dropped, for its reader is to begin anew from what it has. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#messages = []
    this.#next = 0
    this.#count(-this.#bytes)
    this.#wake?.()
  }

  /** The next message; undefined where none waits. Throws where the watch has ended. */
  take(): Message | undefined {
    if (this.#failure) throw this.#failure
    const message = this.#messages[this.#next]
    if (!message) return undefined
    this.#next += 1
    // Moving the rest at each message would make a long queue cost its square.
    if (this.#next * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#next)
      this.#next = 0
    }
    this.#count(-message.byteLength)
    return message
  }

  /** Resolves once there may be something to take, or the watch has ended. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#failure || this.#messages.length > this.#next || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    this.#wake = wake
    signal.addEventListener('abort', wake, { once: true })
    await promise
    signal.removeEventListener('abort', wake)
    this.#wake = undefined
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#options.onQueued(bytes)
  }
}

function tooSlow(maxBytes: number): ChatApiError {
  return new ChatApiError(
    'WATCHER_TOO_SLOW',
    `over ${maxBytes} bytes wait to be read; resume from the last token, and read faster`,
  )
}
