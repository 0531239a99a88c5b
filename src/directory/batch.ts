import { isInScope, type Scope } from '../domain/access.ts'
import { etagOf } from '../domain/etag.ts'
import { targetOf } from '../domain/identity.ts'
import { byRecency, type Stream } from '../domain/stream.ts'
import { chatsOf, type Tombstone } from '../domain/tombstone.ts'
import type { Mutation } from '../store/store.ts'
import type { Activity, Effect } from './activity.ts'
import {
  assertInScope,
  type Chat,
  chatKey,
  chatKeys,
  collision,
  formerKey,
  isAliased,
  isBeforeAccounts,
  isChat,
  newStreamId,
  tombstoneFor,
} from './chat.ts'
import { merged } from './merge.ts'
import { applyActivity, newStream, revived, supplemented } from './transitions.ts'

/** The streams that a batch touches, as they were read and as what comes in changes them one after the other. */
export class Batch {
  readonly #scope: Scope
  readonly #before = new Map<string, Stream>()
  readonly #current = new Map<string, Stream>()
  readonly #idsByChat = new Map<string, string[]>()
  readonly #idsByAlias = new Map<string, string>()
  readonly #mergedInto = new Map<string, string>()
  readonly #tombstonesByChat = new Map<string, Tombstone[]>()

  /** @param scope what the writer may see and write */
  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** Takes in a stream as it was read. */
  hold(stream: Stream): void {
    if (this.#before.has(stream.streamId)) return
    this.#before.set(stream.streamId, stream)
    this.#set(stream)
  }

  /** Whether no stream is the chat. */
  lacks(chat: Chat): boolean {
    return this.#match(chat) === undefined
  }

  /** Takes in what is remembered of a deleted stream. */
  remember(tombstone: Tombstone): void {
    for (const key of new Set(chatsOf(tombstone).map(formerKey))) {
      this.#tombstonesByChat.set(key, [...(this.#tombstonesByChat.get(key) ?? []), tombstone])
    }
  }

  apply(activity: Activity): Effect {
    return this.#put(activity, activity.activeTime, newStream, applyActivity)
  }

  /** Takes a stream over as another store keeps it. */
  takeOver(stream: Stream): Effect {
    return this.#put(stream, stream.lastActiveTime, (taken) => taken, supplemented)
  }

  /** @param time when what is known of the chat happened: only what is later than its deletion brings a chat back */
  #put<C extends Chat>(
    chat: C,
    time: number,
    create: (chat: C) => Stream,
    update: (stream: Stream, chat: C) => Stream,
  ): Effect {
    const match = this.#match(chat)
    if (match) return this.#turn(match, this.#withPredecessor(chat, update(match, chat)))
    const tombstone = this.#tombstoneOf(chat)
    if (tombstone && time <= tombstone.deleteTime) return { streamId: tombstone.streamId, outcome: 'unchanged' }
    if (tombstone) {
      return this.#turn(undefined, this.#withPredecessor(chat, revived(tombstone, create(chat))))
    }
    const aliased = this.#aliased(chat)
    if (aliased) return this.#turn(aliased, update(aliased, chat))
    const successor = this.#successor(chat)
    if (successor) return this.#turn(successor, merged(successor, create(chat)))
    return this.#turn(undefined, this.#withPredecessor(chat, create(chat)))
  }

  #turn(current: Stream | undefined, next: Stream): Effect {
    if (next === current) return { streamId: next.streamId, outcome: 'unchanged' }
    this.#set(next)
    return { streamId: next.streamId, outcome: current ? 'updated' : 'created' }
  }

  /** The streams that were touched, as they are now. */
  streams(streamIds: Iterable<string>): Stream[] {
    return [...new Set(streamIds)].flatMap((streamId) => this.#current.get(streamId) ?? [])
  }

  mutations(): Mutation[] {
    const mutations: Mutation[] = []
    for (const [streamId, stream] of this.#current) {
      const before = this.#before.get(streamId)
      if (stream !== before) mutations.push({ kind: 'put', stream, expect: before ? etagOf(before) : null })
    }
    // Behind what they were merged into: see `Mutation`.
    for (const [streamId, mergedInto] of this.#mergedInto) {
      const before = this.#before.get(streamId)
      if (before) mutations.push({ kind: 'merge', streamId, expect: etagOf(before), mergedInto })
    }
    return mutations
  }

  #set(stream: Stream): void {
    if (!this.#current.has(stream.streamId)) {
      for (const key of new Set(chatKeys(stream))) {
        const ids = this.#idsByChat.get(key)
        if (ids) ids.push(stream.streamId)
        else this.#idsByChat.set(key, [stream.streamId])
      }
    }
    for (const aliasId of stream.aliasIds) this.#idsByAlias.set(aliasId, stream.streamId)
    this.#current.set(stream.streamId, stream)
  }

  /** The stream that is the chat. */
  #match(chat: Chat): Stream | undefined {
    return this.#streamsOf(chat)
      .filter((stream) => isChat(stream, chat) && isInScope(this.#scope, stream))
      .sort(byRecency)[0]
  }

  /** The streams of the same group or user, whatever their account and scope. */
  #streamsOf(chat: Chat): Stream[] {
    return this.streams(this.#idsByChat.get(chatKey(chat)) ?? [])
  }

  /** The one stream that a chat from before accounts goes on in; undefined where there is none or more than one. */
  #successor(chat: Chat): Stream | undefined {
    if (chat.era !== 'before accounts' || !targetOf(chat)) return undefined
    const [stream, ...others] = this.#streamsOf(chat)
    if (!stream || others.length > 0 || isBeforeAccounts(stream)) return undefined
    return isInScope(this.#scope, stream) ? stream : undefined
  }

  /** The stream of a chat with what was known of it before accounts, whose stream then goes, where it is the only other one. */
  #withPredecessor(chat: Chat, stream: Stream): Stream {
    if (chat.era !== 'since accounts' || !targetOf(chat)) return stream
    const [other, ...others] = this.#streamsOf(chat).filter(({ streamId }) => streamId !== stream.streamId)
    if (!other || others.length > 0 || !isBeforeAccounts(other) || !isInScope(this.#scope, other)) return stream
    const next = merged(stream, other)
    this.#current.delete(other.streamId)
    this.#mergedInto.set(other.streamId, stream.streamId)
    return next
  }

  /** What is remembered of the chat, where it was deleted and no other one has its id by now. */
  #tombstoneOf(chat: Chat): Tombstone | undefined {
    const tombstone = tombstoneFor(this.#tombstonesByChat.get(chatKey(chat)) ?? [], chat, this.#scope)
    return tombstone && this.#current.has(tombstone.streamId) ? undefined : tombstone
  }

  /** The stream to which the id of a chat leads that has none; undefined where it gets a new one. */
  #aliased(chat: Chat): Stream | undefined {
    // First of all: whether there is such a chat is not for those to know whom it does not concern.
    assertInScope(this.#scope, chat)
    const streamId = newStreamId(chat)!
    const occupant = this.#current.get(streamId)
    if (occupant) throw collision(occupant, chat, this.#scope)
    const aliased = this.#current.get(this.#idsByAlias.get(streamId) ?? '')
    if (aliased && !(isAliased(aliased, chat) && isInScope(this.#scope, aliased))) {
      throw collision(aliased, chat, this.#scope)
    }
    return aliased
  }
}
