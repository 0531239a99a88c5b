import { displayName } from '../domain/display-name.ts'
import { ChatApiError } from '../domain/errors.ts'
import { isLedTo, targetOf } from '../domain/identity.ts'
import { DEFAULT_PLATFORM, type PlatformAliases } from '../domain/platform.ts'
import type { ChatReading, Reading } from '../domain/spellings/reading.ts'
import { type RowReading, readingsOf } from '../domain/spellings/table.ts'
import { byRecency, type Stream } from '../domain/stream.ts'
import type { ReadOptions } from '../store/store.ts'
import type { Frame, FrameCodec, Frames, Rows } from './rows.ts'

/** Candidates that are told: enough to choose from, and more than anyone reads. */
export const MAX_CANDIDATES = 20

/** How a text spells the stream that it leads to. */
export type Spelling = 'stream-id' | 'alias-id' | 'group-id' | 'user-id' | 'display-name' | 'name' | 'foreign'

/** `platform`: the only one that is looked on; `default`: where a text names none, on the default one; `all`. */
export type ResolvePlatform = { readonly only: string } | 'default' | 'all'

export interface Candidate {
  readonly frame: Frame
  readonly stream: Stream
  readonly spelling: Spelling
}

/** Finds out which streams a text may mean: every row of the table of spellings is tried, and nothing is guessed. */
export class Resolver {
  readonly #rows: Rows
  readonly #codec: FrameCodec

  constructor(rows: Rows, codec: FrameCodec) {
    this.#rows = rows
    this.#codec = codec
  }

  /** The streams that a text may mean, each once, by what spells it first in the table; at most `MAX_CANDIDATES` of them. */
  async candidates(
    text: string,
    platform: ResolvePlatform,
    aliases: PlatformAliases,
    options?: ReadOptions,
  ): Promise<Candidate[]> {
    const found = new Map<string, Candidate>()
    const readings = readingsOf(text, aliases)
    const names = readings.filter(({ reading }) => reading.by === 'name')
    for (const each of readings.filter((each) => !names.includes(each))) {
      for (const candidate of await this.#read(each, text, platform, options)) take(found, candidate)
    }
    try {
      for (const each of names) for (const candidate of await this.#read(each, text, platform)) take(found, candidate)
    } catch (error) {
      // Who cannot look for names can still tell what is spelled in another way.
      if (!(error instanceof ChatApiError && error.reason === 'QUERY_UNSUPPORTED') || found.size === 0) throw error
    }
    return [...found.values()].sort(byLikelihood).slice(0, MAX_CANDIDATES)
  }

  async #read(
    { reading, isForeign }: RowReading,
    text: string,
    platform: ResolvePlatform,
    options?: ReadOptions,
  ): Promise<Candidate[]> {
    switch (reading.by) {
      case 'id':
        return this.#byId(reading.streamId, platform, options)
      case 'chat':
        return spelled(await this.#chats(reading.chat, platform, options), isForeign)
      case 'splits': {
        const splits = []
        for (const chat of reading.chats) splits.push(await this.#chats(chat, platform, options))
        const known = splits.filter((streams) => streams.length > 0)
        return known.length === 1 ? spelled(known[0]!, isForeign) : []
      }
      case 'displayName':
        return this.#displayed(reading, text, platform, options)
      case 'name':
        return this.#named(reading.name, platform)
    }
  }

  async #byId(streamId: string, platform: ResolvePlatform, options?: ReadOptions): Promise<Candidate[]> {
    const frame = await this.#rows.get(streamId, options)
    return this.#decoded(frame)
      .filter(({ stream }) => isOn(stream, platform))
      .map((held) => ({ ...held, spelling: held.stream.streamId === streamId ? 'stream-id' : 'alias-id' }))
  }

  async #chats(
    { target, platforms, accountId }: ChatReading,
    platform: ResolvePlatform,
    options?: ReadOptions,
  ): Promise<Held[]> {
    const named = platforms ?? (platform === 'default' ? [DEFAULT_PLATFORM] : undefined)
    const wanted =
      typeof platform === 'string' ? named : (named?.filter((name) => name === platform.only) ?? [platform.only])
    const found = this.#decoded(await this.#rows.find(target, undefined, options))
    return found.filter(
      ({ stream }) =>
        // A chat that was merged into another leads there, on whatever platform that is.
        (wanted?.some((name) => isLedTo(stream, target, name)) ?? true) &&
        (accountId === undefined || stream.accountId === '' || stream.accountId === accountId),
    )
  }

  async #displayed(
    { among }: Extract<Reading, { by: 'displayName' }>,
    text: string,
    platform: ResolvePlatform,
    options?: ReadOptions,
  ): Promise<Candidate[]> {
    const found =
      'streamId' in among
        ? await this.#rows.get(among.streamId, options)
        : await this.#rows.find(among.target, among.platform, options)
    return this.#decoded(found)
      .filter(({ stream }) => isOn(stream, platform) && displayName(stream) === text)
      .map((held) => ({ ...held, spelling: 'display-name' }))
  }

  #named(name: string, platform: ResolvePlatform): Candidate[] {
    const wanted = platform === 'default' ? DEFAULT_PLATFORM : platform === 'all' ? undefined : platform.only
    const frames = this.#rows.named(name, wanted === undefined ? {} : { platforms: [wanted] }, MAX_CANDIDATES)
    return this.#decoded(frames).map((held) => ({ ...held, spelling: 'name' }))
  }

  #decoded(found: Frames): Held[] {
    if (found === undefined) return []
    const frames = Array.isArray(found) ? (found as readonly Frame[]) : [found as Frame]
    return frames.map((frame) => ({ frame, stream: this.#codec.decode(frame) }))
  }
}

type Held = Omit<Candidate, 'spelling'>

/** What spells a stream in several ways is told by the first of these. */
const RANKS: Readonly<Record<Spelling, number>> = {
  'stream-id': 0,
  'alias-id': 1,
  'group-id': 2,
  'user-id': 3,
  'display-name': 4,
  name: 5,
  foreign: 6,
}

function byLikelihood(a: Candidate, b: Candidate): number {
  return RANKS[a.spelling] - RANKS[b.spelling] || byRecency(a.stream, b.stream)
}

function take(found: Map<string, Candidate>, candidate: Candidate): void {
  const { streamId } = candidate.stream
  const known = found.get(streamId)
  if (!known || RANKS[candidate.spelling] < RANKS[known.spelling]) found.set(streamId, candidate)
}

function spelled(held: readonly Held[], isForeign: boolean): Candidate[] {
  const own = (stream: Stream) => (targetOf(stream)?.kind === 'group' ? 'group-id' : 'user-id')
  return held.map((each) => ({ ...each, spelling: isForeign ? 'foreign' : own(each.stream) }))
}

function isOn({ platform }: Stream, wanted: ResolvePlatform): boolean {
  return typeof wanted === 'string' || platform === wanted.only
}
