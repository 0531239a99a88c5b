import { isInScope, type Scope } from '../domain/access.ts'
import { etagOf } from '../domain/etag.ts'
import { byRecency, type Stream } from '../domain/stream.ts'
import type { Mutation } from '../store/store.ts'
import type { Activity, Effect } from './activity.ts'
import { assertInScope, type Chat, chatKey, collision, isAliased, isChat, newStreamId } from './chat.ts'
import { applyActivity, newStream, supplemented } from './transitions.ts'

/** The streams that a batch touches, as they were read and as what comes in changes them one after the other. */
export class Batch {
  readonly #scope: Scope
  readonly #before = new Map<string, Stream>()
  readonly #current = new Map<string, Stream>()
  readonly #idsByChat = new Map<string, string[]>()
  readonly #idsByAlias = new Map<string, string>()

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

  apply(activity: Activity): Effect {
    const current = this.#find(activity)
    return this.#turn(current, current ? applyActivity(current, activity) : newStream(activity))
  }

  /** Takes a stream over as another store keeps it. */
  takeOver(stream: Stream): Effect {
    const current = this.#find(stream)
    return this.#turn(current, current ? supplemented(current, stream) : stream)
  }

  #turn(current: Stream | undefined, next: Stream): Effect {
    if (next === current) return { streamId: next.streamId, outcome: 'unchanged' }
    this.#set(next)
    return { streamId: next.streamId, outcome: current ? 'updated' : 'created' }
  }

  /** The streams that were touched, as they are now. */
  streams(streamIds: Iterable<string>): Stream[] {
    return [...new Set(streamIds)].map((streamId) => this.#current.get(streamId)!)
  }

  mutations(): Mutation[] {
    const mutations: Mutation[] = []
    for (const [streamId, stream] of this.#current) {
      const before = this.#before.get(streamId)
      if (stream !== before) mutations.push({ kind: 'put', stream, expect: before ? etagOf(before) : null })
    }
    return mutations
  }

  #set(stream: Stream): void {
    if (!this.#current.has(stream.streamId)) {
      const key = chatKey(stream)
      const ids = this.#idsByChat.get(key)
      if (ids) ids.push(stream.streamId)
      else this.#idsByChat.set(key, [stream.streamId])
    }
    for (const aliasId of stream.aliasIds) this.#idsByAlias.set(aliasId, stream.streamId)
    this.#current.set(stream.streamId, stream)
  }

  /** The stream of the chat; undefined where it gets a new one. */
  #find(chat: Chat): Stream | undefined {
    const streams = (this.#idsByChat.get(chatKey(chat)) ?? []).map((id) => this.#current.get(id)!)
    const [latest] = streams.filter((stream) => isChat(stream, chat) && isInScope(this.#scope, stream)).sort(byRecency)
    if (latest) return latest
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
