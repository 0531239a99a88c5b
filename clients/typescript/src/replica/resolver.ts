import { type ChatStream, Spelling } from '../../gen/chatapi/v1/chat_api_pb.js'
import { byRecency, DEFAULT_PLATFORM, isLedTo, targetOf } from './chats.ts'
import type { Copy } from './copy.ts'
import { namesOf } from './names.ts'
import { type ChatReading, type PlatformAliases, type Reading, readingsOf } from './spellings.ts'

/** Candidates that are told: enough to choose from, and more than anyone reads. */
const MAX_CANDIDATES = 20

export interface Candidate {
  readonly stream: ChatStream
  readonly spelling: Spelling
}

/** `only`: the one platform that is looked on; `default`: where a text names none, on the default one; `all`. */
export type ResolvePlatform = { readonly only: string } | 'default' | 'all'

/** The streams that a text may mean, each once: every spelling is tried, and nothing is guessed. */
export function candidatesOf(
  copy: Copy,
  text: string,
  platform: ResolvePlatform,
  aliases: PlatformAliases | undefined,
): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const { reading, isForeign } of readingsOf(text, aliases)) {
    for (const candidate of new Look(copy, text, platform).read(reading, isForeign)) {
      const known = found.get(candidate.stream.streamId)
      if (!known || candidate.spelling < known.spelling) found.set(candidate.stream.streamId, candidate)
    }
  }
  const byLikelihood = (a: Candidate, b: Candidate) => a.spelling - b.spelling || byRecency(a.stream, b.stream)
  return [...found.values()].sort(byLikelihood).slice(0, MAX_CANDIDATES)
}

/** One text, looked for in one copy. */
class Look {
  readonly #copy: Copy
  readonly #text: string
  readonly #platform: ResolvePlatform

  constructor(copy: Copy, text: string, platform: ResolvePlatform) {
    this.#copy = copy
    this.#text = text
    this.#platform = platform
  }

  read(reading: Reading, isForeign: boolean): Candidate[] {
    switch (reading.by) {
      case 'id':
        return this.#onPlatform(this.#copy.get(reading.streamId)).map((stream) => ({
          stream,
          spelling: stream.streamId === reading.streamId ? Spelling.STREAM_ID : Spelling.ALIAS_ID,
        }))
      case 'chat':
        return spelled(this.#chats(reading.chat), isForeign)
      case 'splits': {
        const known = reading.chats.map((chat) => this.#chats(chat)).filter((streams) => streams.length > 0)
        return known.length === 1 ? spelled(known[0]!, isForeign) : []
      }
      case 'displayName':
        return this.#displayed(reading.among).map((stream) => ({ stream, spelling: Spelling.DISPLAY_NAME }))
      case 'name':
        return this.#named(reading.name).map((stream) => ({ stream, spelling: Spelling.NAME }))
    }
  }

  #chats({ target, platforms, accountId }: ChatReading): ChatStream[] {
    const platform = this.#platform
    const named = platforms ?? (platform === 'default' ? [DEFAULT_PLATFORM] : undefined)
    const wanted =
      typeof platform === 'string' ? named : (named?.filter((name) => name === platform.only) ?? [platform.only])
    return this.#copy
      .find(target, undefined)
      .filter(
        (stream) =>
          (wanted?.some((name) => isLedTo(stream, target, name)) ?? true) &&
          (accountId === undefined || stream.accountId === '' || stream.accountId === accountId),
      )
  }

  #displayed(among: Extract<Reading, { by: 'displayName' }>['among']): ChatStream[] {
    const found =
      'streamId' in among
        ? this.#onPlatform(this.#copy.get(among.streamId))
        : this.#onPlatform(...this.#copy.find(among.target, among.platform))
    return found.filter(({ displayName }) => displayName === this.#text)
  }

  #named(name: string): ChatStream[] {
    const platform = this.#platform
    const wanted = platform === 'default' ? DEFAULT_PLATFORM : platform === 'all' ? undefined : platform.only
    const found: ChatStream[] = []
    for (const { stream } of this.#copy.values()) {
      if ((wanted === undefined || stream.platform === wanted) && namesOf(stream).includes(name)) found.push(stream)
    }
    return found
  }

  #onPlatform(...streams: (ChatStream | undefined)[]): ChatStream[] {
    const platform = this.#platform
    return streams
      .filter((stream) => stream !== undefined)
      .filter((stream) => typeof platform === 'string' || stream.platform === platform.only)
  }
}

function spelled(streams: readonly ChatStream[], isForeign: boolean): Candidate[] {
  const own = (stream: ChatStream) => (targetOf(stream)?.kind === 'group' ? Spelling.GROUP_ID : Spelling.USER_ID)
  return streams.map((stream) => ({ stream, spelling: isForeign ? Spelling.FOREIGN : own(stream) }))
}
