import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import {
  StoreDamagedError,
  type StoreProbe,
  type StoreReads,
  StoreUnavailableError,
  UNAVAILABLE,
} from '../store/store.ts'

/** Between two looks at a store that takes writes, and at one that does not. */
const INTERVAL_MS = 2_000
const AWAY_INTERVAL_MS = 500

/** How long a look may take: a store that writes nothing for so long is away. */
const LOOK_TIMEOUT_MS = 2_000

/** What can be done with a store. */
export interface Availability {
  readonly reads: boolean
  readonly writes: boolean
  /** Why not, where either is false, in words that anyone may see. */
  readonly reason?: string
}

export const AVAILABLE: Availability = Object.freeze({ reads: true, writes: true })

export interface MonitorOptions {
  /** Default: 2,000. */
  readonly intervalMs?: number
}

/** Looks again and again whether a store can be used. It is taken to be, until a look finds otherwise. */
export class StoreMonitor {
  readonly #store: StoreProbe & Pick<StoreReads, 'revision'>
  readonly #log: Logger
  readonly #tell: (availability: Availability) => void
  readonly #intervalMs: number
  #availability = AVAILABLE
  #waking = new AbortController()
  #isHastened = false

  /** @param tell called with each change */
  constructor(
    store: StoreProbe & Pick<StoreReads, 'revision'>,
    log: Logger,
    tell: (availability: Availability) => void,
    { intervalMs = INTERVAL_MS }: MonitorOptions = {},
  ) {
    this.#store = store
    this.#log = log
    this.#tell = tell
    this.#intervalMs = intervalMs
  }

  /** Looks until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#waking.abort(), { once: true })
    while (!signal.aborted) {
      this.#isHastened = false
      const failures = await this.#look(signal)
      if (signal.aborted) return
      this.#note(failures)
      await pause(AWAY_INTERVAL_MS, signal)
      if (signal.aborted || this.#isHastened || !this.#availability.writes) continue
      this.#waking = new AbortController()
      await pause(this.#intervalMs - AWAY_INTERVAL_MS, this.#waking.signal)
    }
  }

  /** A call failed for want of the store: the next look comes soon. */
  hasten(): void {
    this.#isHastened = true
    this.#waking.abort()
  }

  async #look(signal: AbortSignal): Promise<Failures> {
    const options = { signal, timeoutMs: () => LOOK_TIMEOUT_MS }
    const failure = await failureOf(this.#store.probe(options))
    if (failure === undefined) return NONE
    // Once more: a process that was stopped, as a machine that slept, finds its time past though the store answers.
    const [writing, reading] = await Promise.all([
      failureOf(this.#store.probe(options)),
      failureOf(this.#store.revision(options)),
    ])
    return { writing, reading }
  }

  #note({ writing, reading }: Failures): void {
    const before = this.#availability
    const isTold = writing instanceof StoreUnavailableError || writing instanceof StoreDamagedError
    const reason = isTold ? writing.summary : UNAVAILABLE
    const after = writing === undefined ? AVAILABLE : { reads: reading === undefined, writes: false, reason }
    if (before.reads === after.reads && before.writes === after.writes && before.reason === after.reason) return
    this.#availability = after
    if (before.writes && !after.writes) this.#log.error({ err: writing }, 'the store takes no writes')
    if (!before.writes && after.writes) this.#log.info('the store takes writes again')
    this.#tell(after)
  }
}

/** With what a look failed. */
interface Failures {
  readonly writing: unknown
  readonly reading: unknown
}

const NONE: Failures = Object.freeze({ writing: undefined, reading: undefined })

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return error ?? new Error('a failure without a reason')
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
