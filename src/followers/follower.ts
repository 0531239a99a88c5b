import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Commands } from '../directory/commands.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import { SourceError, type SourceRow } from '../importers/source.ts'
import { RationedLog } from '../log/rationed-log.ts'
import { LeaseLostError, type Progress, type StoreFollowing } from '../store/store.ts'
import { isGone, newHolder } from './holder.ts'
import { type FollowedSource, type Found, SourceAwayError } from './source.ts'

/** Of a process that hangs: one that ended gives its lease back, or is known to be gone by those on the same machine. */
const LEASE_MS = 6_000
const RENEW_MS = 2_000
/** After a failure, and while another process follows. */
const RETRY_MS = 1_000

export interface FollowerOptions {
  readonly store: StoreFollowing
  readonly commands: Commands
  readonly sources: readonly FollowedSource[]
  readonly log: Logger
  /** Told once this process follows. */
  readonly onFollowing?: () => void
  readonly leaseMs?: number
  readonly renewMs?: number
  readonly retryMs?: number
}

/**
 * Brings what bots write into a store. Of all processes that would, the one that has the lease of the store does, and the
 * others wait for it to end. What is brought is kept with the place that it was read up to, so nothing is brought twice and
 * nothing left out, whoever ends in between.
 */
export class Follower {
  readonly #options: FollowerOptions
  readonly #holder = newHolder()
  readonly #refusals: RationedLog
  #count = 0

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#refusals = new RationedLog(options.log, 'warn')
  }

  /** How many sources this process follows now. */
  get count(): number {
    return this.#count
  }

  /** Follows until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, sources, log } = this.#options
    while (!signal.aborted) {
      if (!(await this.#awaitLease(signal))) break
      log.info({ sources: sources.map(({ name }) => name) }, 'following')
      this.#options.onFollowing?.()
      const lost = new AbortController()
      const ending = AbortSignal.any([signal, lost.signal])
      await Promise.all([
        this.#renewLease(lost, ending),
        ...sources.map((source) => this.#follow(source, lost, ending)),
      ])
    }
    await Promise.all(sources.map((source) => source.close()))
    await store.endLease(this.#holder).catch(() => {})
  }

  /** False where the signal is aborted before. */
  async #awaitLease(signal: AbortSignal): Promise<boolean> {
    const { store, log, leaseMs = LEASE_MS, retryMs = RETRY_MS } = this.#options
    let told: string | undefined
    for (; !signal.aborted; await rest(retryMs, signal)) {
      try {
        let holder = await store.takeLease(this.#holder, leaseMs)
        if (holder !== this.#holder && isGone(holder)) holder = await store.takeLease(this.#holder, leaseMs, holder)
        if (holder === this.#holder) return true
        if (told !== holder) log.info('another process follows into this store; this one waits for it to end')
        told = holder
      } catch (error) {
        if (!signal.aborted) this.#refusals.tell({ err: error }, 'the store does not say who follows into it')
      }
    }
    return false
  }

  async #renewLease(lost: AbortController, signal: AbortSignal): Promise<void> {
    const { store, leaseMs = LEASE_MS, renewMs = RENEW_MS } = this.#options
    for (await rest(renewMs, signal); !signal.aborted; await rest(renewMs, signal)) {
      // A store that does not answer takes no places of others either.
      const holder = await store.takeLease(this.#holder, leaseMs).catch(() => this.#holder)
      if (holder !== this.#holder) this.#lose(lost)
    }
  }

  async #follow(source: FollowedSource, lost: AbortController, signal: AbortSignal): Promise<void> {
    const { store, log, retryMs = RETRY_MS } = this.#options
    let told: string | undefined
    for (; !signal.aborted; await rest(retryMs, signal)) {
      this.#count++
      try {
        const place = await store.placeIn(source.name)
        for await (const found of source.follow(place, signal)) {
          if (told !== undefined) log.info({ source: source.name }, 'the source is followed again')
          told = undefined
          await this.#bring(source, found, signal)
        }
      } catch (error) {
        if (error instanceof LeaseLostError) this.#lose(lost)
        if (signal.aborted) continue
        const why = error instanceof Error ? error.message : String(error)
        if (why !== told) this.#tell(source, error)
        told = why
      } finally {
        this.#count--
      }
    }
  }

  async #bring(source: FollowedSource, { rows, place }: Found, signal: AbortSignal): Promise<void> {
    for (let i = 0; i < rows.length || i === 0; i += MAX_BATCH) {
      const isLast = i + MAX_BATCH >= rows.length
      const progress = place === undefined || !isLast ? undefined : { holder: this.#holder, source: source.name, place }
      await this.#record(source, rows.slice(i, i + MAX_BATCH), progress, signal)
    }
  }

  async #record(
    source: FollowedSource,
    rows: readonly SourceRow[],
    progress: Progress | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const refuse = ({ place, streamId }: SourceRow, why: string) =>
      this.#refusals.tell({ source: source.name, place, stream_id: streamId, why }, 'a row of a bot was refused')
    for (const row of rows) if ('fault' in row) refuse(row, row.fault)
    const sightings = rows.filter((row) => 'activity' in row)
    if (sightings.length === 0 && !progress) return
    const { results } = await this.#options.commands.record(
      sightings.map(({ activity }) => activity),
      { refuse: 'report', signal, ...(progress && { progress }) },
    )
    for (const [i, result] of results.entries()) {
      if (result.outcome === 'refused') refuse(sightings[i]!, result.error.message)
    }
  }

  #lose(lost: AbortController): void {
    this.#options.log.warn('another process has taken over following into this store')
    lost.abort(new LeaseLostError())
  }

  #tell({ name }: FollowedSource, error: unknown): void {
    const { log } = this.#options
    if (error instanceof SourceAwayError) log.info({ source: name }, `waiting for a bot: ${error.message}`)
    else if (error instanceof SourceError) log.error({ source: name }, `a bot cannot be followed: ${error.message}`)
    else log.warn({ source: name, err: error }, 'following a bot was interrupted')
  }
}

/** Also over once the signal is aborted. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
