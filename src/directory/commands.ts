import { EVERYTHING, isInScope, type Principal, type Scope } from '../domain/access.ts'
import { ChatApiError, etagMismatch, streamDeleted, streamNotFound, within } from '../domain/errors.ts'
import { etagOf } from '../domain/etag.ts'
import { targetOf } from '../domain/identity.ts'
import { laterOf, type Revision } from '../domain/revision.ts'
import { byRecency, type Stream } from '../domain/stream.ts'
import type { Tombstone } from '../domain/tombstone.ts'
import {
  type CommitOptions,
  ConflictError,
  type Mutation,
  type Progress,
  type ReadOptions,
  type Seen,
  type StoreCommits,
  type StoreReads,
  type TargetQuery,
} from '../store/store.ts'
import type { Activity, Effect, Refusal } from './activity.ts'
import { Batch } from './batch.ts'
import { assertInScope, type Chat, collision, isAliased, isChat, newStreamId, tombstoneFor } from './chat.ts'
import { checkActivity, checkClock, checkEdit, checkOpening, checkStream } from './checks.ts'
import { type Edit, edited } from './edit.ts'
import { merged, ownTarget } from './merge.ts'
import { newStream, revived } from './transitions.ts'

/** What a caller wants opened. */
export type Opening = Omit<Chat, 'streamId'> & { readonly labels?: Readonly<Record<string, string>> }

/** At which revision of the store a command left it. */
export interface Written {
  /** Undefined when nothing was written. */
  readonly revision: Revision | undefined
  /** The revision of what the command was decided by: without a write, the streams are as they were there. */
  readonly seen: Revision
}

export interface Opened extends Written {
  readonly stream: Stream
  readonly created: boolean
  /** The other streams that match, most recently active first. */
  readonly otherStreamIds: readonly string[]
}

/** A stream as a write left it. */
export interface Changed extends Written {
  readonly stream: Stream
}

/** A stream that a write is about. */
export interface StreamRef {
  /** Its own id or an alias. */
  readonly streamId: string
  /** The etag of the state that it must be in; empty: whatever its state. */
  readonly etag: string
}

/** @template R what there is to tell of an activity */
export interface Recorded<R extends Effect | Refusal> extends Written {
  /** One for each activity, in their order. */
  readonly results: readonly R[]
  /** The streams of the activities, each once, as they now are. */
  readonly streams: readonly Stream[]
}

export interface RecordOptions extends ReadOptions {
  /** `throw`, the default: the first refusal fails the batch, nothing is written. `report`: it is a result among others. */
  readonly refuse?: 'throw' | 'report'
  /** Tells what would happen and writes nothing. */
  readonly dryRun?: boolean
  /** The activities were brought by following a source up to here, which is kept with them. */
  readonly progress?: Progress
}

export type TakeOverOptions = Omit<RecordOptions, 'refuse' | 'progress'>

/**
 * How often a write is decided anew when others changed the same streams meanwhile. Each round lets at least one writer
 * through, so only a crowd on one stream gets here.
 */
const MAX_ATTEMPTS = 16
const CONFLICT_RETRY_MS = 100

/** Clocks of machines and time zones that are set wrong differ by less; a wrong unit or year by far more. */
const DEFAULT_MAX_CLOCK_SKEW_MS = 86_400_000

export interface CommandOptions {
  /** The clock, in seconds since the Unix epoch. */
  readonly now?: () => number
  /** How far ahead of that clock an activity may be dated. Default: 24 h. */
  readonly maxClockSkewMs?: number
  /** Who writes, and sees and writes no more than its scope. Default: somebody unknown who may everything. */
  readonly principal?: Pick<Principal, 'name' | 'scope'>
}

/** What a command comes to, given what was read. */
interface Decision<T> {
  readonly seen: Revision
  readonly mutations: readonly Mutation[]
  readonly result: T
}

/** The one door through which streams are written, whoever asks: a call, an importer, the command line. */
export class Commands {
  readonly #store: StoreReads & StoreCommits
  readonly #now: () => number
  readonly #maxClockSkewMs: number
  readonly #options: CommandOptions
  readonly #scope: Scope

  constructor(store: StoreReads & StoreCommits, options: CommandOptions = {}) {
    this.#store = store
    this.#options = options
    this.#scope = options.principal?.scope ?? EVERYTHING
    this.#now = options.now ?? (() => Date.now() / 1000)
    this.#maxClockSkewMs = options.maxClockSkewMs ?? DEFAULT_MAX_CLOCK_SKEW_MS
  }

  /** The same door for a principal. */
  as(principal: Pick<Principal, 'name' | 'scope'>): Commands {
    return new Commands(this.#store, { ...this.#options, principal })
  }

  /** Returns the stream of a chat, creating it where there is none. */
  open(opening: Opening, options: ReadOptions = {}): Promise<Opened> {
    checkOpening(opening)
    return this.#decide<Omit<Opened, keyof Written>>(async () => {
      const { found: streams, revision: seen } = await this.#streamsOf([opening], options)
      const stream = { ...newStream({ ...opening, activeTime: this.#now() }), labels: opening.labels ?? {} }
      const visible = streams.filter((each) => isInScope(this.#scope, each))
      const occupant = streams.find(({ streamId }) => streamId === stream.streamId)
      const matches = visible.filter((each) => isChat(each, opening)).sort(byRecency)
      const aliased = occupant ? undefined : streams.find(({ aliasIds }) => aliasIds.includes(stream.streamId))
      const isLedTo = matches.length === 0 && aliased && isAliased(aliased, opening) && visible.includes(aliased)
      const [existing, ...others] = isLedTo ? [aliased] : matches
      if (existing) {
        const otherStreamIds = others.map(({ streamId }) => streamId)
        return { seen, mutations: [], result: { stream: existing, created: false, otherStreamIds } }
      }
      const { found: tombstones, revision } = await this.#tombstonesOf([opening], options)
      const tombstone = tombstoneFor(tombstones, opening, this.#scope)
      if (tombstone) return opened(revived(tombstone, stream), laterOf(seen, revision))
      const other = occupant ?? aliased
      assertInScope(this.#scope, opening)
      if (other) throw collision(other, opening, this.#scope)
      return opened(stream, seen)
    }, options)
  }

  /** Records a batch of activities, all or none of them. */
  record(
    activities: readonly Activity[],
    options: RecordOptions & { readonly refuse: 'report' },
  ): Promise<Recorded<Effect | Refusal>>
  record(
    activities: readonly Activity[],
    options?: RecordOptions & { readonly refuse?: 'throw' },
  ): Promise<Recorded<Effect>>
  record(activities: readonly Activity[], options: RecordOptions = {}): Promise<Recorded<Effect | Refusal>> {
    const now = this.#now()
    return this.#write(
      activities,
      (activity, batch) => {
        checkActivity(activity)
        checkClock(activity, now, this.#maxClockSkewMs)
        return batch.apply(activity)
      },
      options,
      options.refuse,
    )
  }

  /**
   * Takes streams over as another store keeps them, with all that they hold; a refusal is a result among others. A time
   * ahead of the clock stays what it is there.
   */
  takeOver(streams: readonly Stream[], options: TakeOverOptions = {}): Promise<Recorded<Effect | Refusal>> {
    return this.#write(
      streams,
      (stream, batch) => {
        checkStream(stream)
        return batch.takeOver(stream)
      },
      options,
      'report',
    )
  }

  /** Changes what people say of a stream. */
  edit(ref: StreamRef, edit: Edit, options: ReadOptions = {}): Promise<Changed> {
    checkEdit(edit)
    return this.#decide<Omit<Changed, keyof Written>>(async () => {
      const { found: stream, revision: seen } = await this.#streamAt(ref, options)
      const next = edited(stream, edit)
      const mutations: Mutation[] = next === stream ? [] : [{ kind: 'put', stream: next, expect: etagOf(stream) }]
      return { seen, mutations, result: { stream: next } }
    }, options)
  }

  /** Deletes a stream. What happens in its chat later brings it back, and nothing that is known of before. */
  delete(ref: StreamRef, options: ReadOptions = {}): Promise<Written> {
    return this.#decide<object>(async () => {
      const { found: stream, revision: seen } = await this.#streamAt(ref, options)
      // An activity may be dated ahead of the clock, and is no later one when it is told again.
      const deleteTime = Math.max(this.#now(), stream.lastActiveTime)
      const { streamId } = stream
      return { seen, mutations: [{ kind: 'delete', streamId, expect: etagOf(stream), deleteTime }], result: {} }
    }, options)
  }

  /** Merges a stream into another: whatever led to the one leads to the other from then on. */
  merge(source: StreamRef, target: StreamRef, options: ReadOptions = {}): Promise<Changed> {
    /** The state that this very command left the target in, where the store made that and not the rest. */
    let half: string | undefined
    return this.#decide<Omit<Changed, keyof Written>>(async () => {
      const [{ found: from }, { found: into, revision: seen }] = await Promise.all([
        this.#streamOf(source.streamId, options),
        this.#streamOf(target.streamId, options),
      ])
      if (from.streamId === into.streamId) {
        const isRepeated = source.streamId !== from.streamId
        if (!isRepeated) throw ownTarget(target.streamId !== into.streamId)
        return { seen, mutations: [], result: { stream: into } }
      }
      assertEtag(from, source.etag)
      if (etagOf(into) !== half) assertEtag(into, target.etag)
      const stream = merged(into, from)
      half = etagOf(stream)
      const mutations: Mutation[] = [
        { kind: 'put', stream, expect: etagOf(into) },
        { kind: 'merge', streamId: from.streamId, expect: etagOf(from), mergedInto: into.streamId },
      ]
      return { seen, mutations, result: { stream } }
    }, options)
  }

  /** Decides on one chat after the other, and writes what comes of all of them at once. */
  #write<T extends Chat>(
    chats: readonly T[],
    apply: (chat: T, batch: Batch) => Effect,
    options: Omit<RecordOptions, 'refuse'>,
    refuse: RecordOptions['refuse'],
  ): Promise<Recorded<Effect | Refusal>> {
    return this.#decide<Omit<Recorded<Effect | Refusal>, keyof Written>>(async () => {
      const batch = new Batch(this.#scope)
      const { found, revision: foundAt } = await this.#streamsOf(chats, options)
      for (const stream of found) batch.hold(stream)
      const absent = chats.filter((chat) => batch.lacks(chat))
      const { found: tombstones, revision } = await this.#tombstonesOf(absent, options)
      for (const tombstone of tombstones) batch.remember(tombstone)
      const results = chats.map((chat, index): Effect | Refusal => {
        try {
          return apply(chat, batch)
        } catch (error) {
          if (!(error instanceof ChatApiError)) throw error
          if (refuse === 'report') return { outcome: 'refused', error }
          throw within(`activities[${index}]`, error)
        }
      })
      const streams = batch.streams(
        results.flatMap((result) => (result.outcome === 'refused' ? [] : [result.streamId])),
      )
      const seen = laterOf(foundAt, revision)
      return { seen, mutations: options.dryRun ? [] : batch.mutations(), result: { results, streams } }
    }, options)
  }

  /** Reads, decides and commits; decides anew while others get in between. */
  async #decide<T>(
    decision: () => Promise<Decision<T>>,
    options: ReadOptions & Pick<RecordOptions, 'progress'>,
  ): Promise<T & Written> {
    const { progress } = options
    for (let attempt = 1; ; attempt++) {
      const { seen, mutations, result } = await decision()
      if (mutations.length === 0) {
        if (progress) await this.#store.keepPlace(progress, options)
        return { ...result, seen, revision: undefined }
      }
      try {
        return { ...result, seen, revision: await this.#store.commit(mutations, this.#commitOptions(options)) }
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        if (attempt === MAX_ATTEMPTS) {
          throw new ChatApiError('WRITE_CONFLICT', `other writers kept changing ${error.streamIds.join(', ')}`, {
            cause: error,
            retryAfterMs: CONFLICT_RETRY_MS,
          })
        }
      }
    }
  }

  /** Not by spreading: the options may be a call, whose signal is made when it is read. */
  #commitOptions({ signal, timeoutMs, method, requestId, progress }: CommitOptions): CommitOptions {
    const { principal } = this.#options
    return {
      ...(signal && { signal }),
      ...(timeoutMs && { timeoutMs }),
      ...(method && { method }),
      ...(requestId !== undefined && { requestId }),
      ...(principal && { principal: principal.name }),
      ...(progress && { progress }),
    }
  }

  /** The stream that is meant, in the state that is expected. */
  async #streamAt({ streamId, etag }: StreamRef, options: ReadOptions): Promise<Seen<Stream>> {
    const seen = await this.#streamOf(streamId, options)
    assertEtag(seen.found, etag)
    return seen
  }

  /** The stream to which an id leads; throws where there is none to see. */
  async #streamOf(streamId: string, options: ReadOptions): Promise<Seen<Stream>> {
    const { found, revision } = await this.#store.get([streamId], options)
    const stream = found[0]?.stream
    if (!stream || !isInScope(this.#scope, stream)) throw await this.#missing(streamId, options)
    return { found: stream, revision }
  }

  /** Why an id leads nowhere. */
  async #missing(streamId: string, options: ReadOptions): Promise<ChatApiError> {
    const { found } = await this.#store.tombstones([streamId], [], options)
    const isDeleted = found.some((tombstone) => isInScope(this.#scope, tombstone))
    return isDeleted ? streamDeleted(streamId) : streamNotFound(streamId)
  }

  /** What is remembered of deleted streams that the chats can be. */
  async #tombstonesOf(chats: readonly Chat[], options: ReadOptions): Promise<Seen<Tombstone[]>> {
    if (chats.length === 0) return { found: [], revision: 0n }
    return this.#store.tombstones(idsOf(chats), queriesOf(chats), options)
  }

  /** The stored streams that the chats can be, or whose ids their new streams would take. */
  async #streamsOf(chats: readonly Chat[], options: ReadOptions): Promise<Seen<Stream[]>> {
    const queries = queriesOf(chats)
    const [byTarget, byId] = await Promise.all([
      queries.length === 0 ? undefined : this.#store.find(queries, options),
      this.#store.get(idsOf(chats), options),
    ])
    const streams = new Map<string, Stream>()
    const found = [...(byTarget?.found.flat() ?? []), ...byId.found]
    for (const stored of found) if (stored) streams.set(stored.streamId, stored.stream)
    return { found: [...streams.values()], revision: laterOf(byId.revision, byTarget?.revision ?? byId.revision) }
  }
}

function queriesOf(chats: readonly Chat[]): TargetQuery[] {
  return chats.flatMap((chat) => {
    const isSought = chat.streamId === undefined || chat.era !== undefined
    const target = isSought ? targetOf(chat) : undefined
    return target ? [{ target, platform: chat.platform }] : []
  })
}

function idsOf(chats: readonly Chat[]): string[] {
  return [...new Set(chats.map(newStreamId).filter((id) => id !== undefined))]
}

function opened(stream: Stream, seen: Revision): Decision<Omit<Opened, keyof Written>> {
  return {
    seen,
    mutations: [{ kind: 'put', stream, expect: null }],
    result: { stream, created: true, otherStreamIds: [] },
  }
}

function assertEtag(stream: Stream, etag: string): void {
  const current = etagOf(stream)
  if (etag !== '' && etag !== current) throw etagMismatch(stream.streamId, etag, current)
}
