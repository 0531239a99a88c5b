import type { ChatStream, StreamType } from '../../gen/chatapi/v1/chat_api_pb.js'
import { compareText, isLedTo, type Target, targetOf, targetsOf, typeOf } from './chats.ts'
import { Digest } from './digest.ts'
import { StreamList } from './stream-list.ts'

/** A stream, as it is now, and its place in the order of lists. */
export interface Held {
  readonly streamId: string
  readonly position: number
  stream: ChatStream
}

/** The streams of a replica: by id, by target, and in the order of lists. */
export class Copy {
  readonly digest = new Digest()
  readonly #byId = new Map<string, Held>()
  readonly #byAlias = new Index()
  readonly #byTarget = { group: new Index(), private: new Index() }
  /** How many there are of each type, by platform. */
  readonly #counts = new Map<string, Map<StreamType, number>>()
  /** Those that were asked for; each costs a reference a stream. */
  readonly #lists = new Map<string, { readonly list: StreamList; readonly has: (stream: ChatStream) => boolean }>()

  /** Writes a stream, new or known. Returns what it was. */
  put(stream: ChatStream, position: number): ChatStream | undefined {
    const held = this.#byId.get(stream.streamId)
    const before = held?.stream
    if (held && held.position === position && isIndexedAlike(held.stream, stream)) {
      this.digest.remove(held.stream.etag)
      this.digest.add(stream.etag)
      held.stream = stream
      for (const { list, has } of this.#lists.values()) if (has(stream)) list.touch()
      return before
    }
    if (held) this.#remove(held)
    this.#insert({ streamId: stream.streamId, position, stream })
    return before
  }

  /** Removes a stream. Returns what it was; undefined where there was none. */
  delete(streamId: string): ChatStream | undefined {
    const held = this.#byId.get(streamId)
    if (held) this.#remove(held)
    return held?.stream
  }

  /** By its own id. */
  held(streamId: string): Held | undefined {
    return this.#byId.get(streamId)
  }

  /** The stream with this id, else the one that has it for an alias: of several, the first in the order of lists. */
  get(streamId: string): ChatStream | undefined {
    const own = this.#byId.get(streamId)
    if (own) return own.stream
    return [...this.#byAlias.get(streamId)].sort(
      (a, b) => a.position - b.position || compareText(a.streamId, b.streamId),
    )[0]?.stream
  }

  /** The streams that a target on a platform, or on any, leads to. */
  find(target: Target, platform: string | undefined): ChatStream[] {
    const found: ChatStream[] = []
    for (const { stream } of this.#byTarget[target.kind].get(target.id)) {
      if (isLedTo(stream, target, platform)) found.push(stream)
    }
    return found
  }

  /** The streams of a type on a platform; undefined means any. */
  list(platform: string | undefined, type: StreamType | undefined): StreamList {
    const key = `${type ?? ''}:${platform === undefined ? '' : `=${platform}`}`
    let known = this.#lists.get(key)
    if (!known) {
      const has = (stream: ChatStream) =>
        (platform === undefined || stream.platform === platform) && (type === undefined || typeOf(stream) === type)
      known = { list: new StreamList([...this.#byId.values()].filter(({ stream }) => has(stream))), has }
      this.#lists.set(key, known)
    }
    return known.list
  }

  values(): IterableIterator<Held> {
    return this.#byId.values()
  }

  get counts(): ReadonlyMap<string, ReadonlyMap<StreamType, number>> {
    return this.#counts
  }

  #insert(held: Held): void {
    const { stream } = held
    this.#byId.set(held.streamId, held)
    for (const { kind, id } of targetsOf(stream)) this.#byTarget[kind].add(id, held)
    for (const aliasId of stream.aliasIds) this.#byAlias.add(aliasId, held)
    for (const { list, has } of this.#lists.values()) if (has(stream)) list.add(held)
    this.digest.add(stream.etag)
    this.#count(stream, 1)
  }

  #remove(held: Held): void {
    const { stream } = held
    this.#byId.delete(held.streamId)
    for (const { kind, id } of targetsOf(stream)) this.#byTarget[kind].remove(id, held)
    for (const aliasId of stream.aliasIds) this.#byAlias.remove(aliasId, held)
    for (const { list, has } of this.#lists.values()) if (has(stream)) list.remove(held)
    this.digest.remove(stream.etag)
    this.#count(stream, -1)
  }

  #count(stream: ChatStream, more: 1 | -1): void {
    const types = this.#counts.get(stream.platform) ?? new Map<StreamType, number>()
    const type = typeOf(stream)
    const count = (types.get(type) ?? 0) + more
    if (count === 0) types.delete(type)
    else types.set(type, count)
    if (types.size === 0) this.#counts.delete(stream.platform)
    else this.#counts.set(stream.platform, types)
  }
}

const NONE: readonly Held[] = []

/** Mostly one stream for each key, which then stands there without an array around it. */
class Index {
  readonly #held = new Map<string, Held | readonly Held[]>()

  get(key: string): readonly Held[] {
    const found = this.#held.get(key)
    if (found === undefined) return NONE
    return isMany(found) ? found : [found]
  }

  add(key: string, held: Held): void {
    const known = this.get(key)
    if (!known.includes(held)) this.#held.set(key, known.length === 0 ? held : [...known, held])
  }

  remove(key: string, held: Held): void {
    const others = this.get(key).filter((other) => other !== held)
    if (others.length === 0) this.#held.delete(key)
    else this.#held.set(key, others.length === 1 ? others[0]! : others)
  }
}

function isMany(found: Held | readonly Held[]): found is readonly Held[] {
  return Array.isArray(found)
}

function isIndexedAlike(a: ChatStream, b: ChatStream): boolean {
  const [targetA, targetB] = [targetOf(a), targetOf(b)]
  return (
    a.platform === b.platform &&
    targetA?.kind === targetB?.kind &&
    targetA?.id === targetB?.id &&
    a.mergedChats.length === 0 &&
    b.mergedChats.length === 0 &&
    a.aliasIds.length === b.aliasIds.length &&
    a.aliasIds.every((aliasId, index) => aliasId === b.aliasIds[index])
  )
}
