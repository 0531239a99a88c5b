import { formerTarget, type Target, targetOf } from './identity.ts'
import type { PlatformAliases } from './platform.ts'
import type { Stream } from './stream.ts'

/** In what streams differ that seem to be one chat. */
export type DuplicateReason = 'other-account' | 'other-scope' | 'platform-case' | 'platform-alias' | 'same-chat'

/** A chat to which a target leads: that of a stream, or one that was merged into it. */
export interface LedTo<Held> extends Pick<Stream, 'platform' | 'accountId' | 'scope'> {
  /** Stands for the stream. */
  readonly held: Held
}

export interface Duplicate<Held> {
  readonly reason: DuplicateReason
  /** Two or more, each once. */
  readonly streams: readonly Held[]
}

/** The chats to which a target leads in one stream. */
export function ledTo<Held>(held: Held, stream: Stream, { kind, id }: Target): LedTo<Held>[] {
  const chats = [
    { ...stream, target: targetOf(stream) },
    ...(stream.mergedChats ?? []).map((former) => ({ ...former, target: formerTarget(former) })),
  ]
  return chats
    .filter(({ target }) => target?.kind === kind && target.id === id)
    .map(({ platform, accountId, scope }) => ({ held, platform, accountId, scope }))
}

/**
 * The streams that seem to be one chat, of all those to which one target leads. What was merged into a stream belongs to it: two
 * streams that have been of one platform, account and scope at any time differ in none of these.
 */
export function duplicatesAmong<Held>(chats: readonly LedTo<Held>[], aliases: PlatformAliases): Duplicate<Held>[] {
  const duplicates: Duplicate<Held>[] = []
  const families = Map.groupBy(chats, ({ platform }) => commonName(platform, aliases))
  for (const family of families.values()) {
    if (areSeveral(family) && differ(family, ({ platform }) => platform)) {
      const names = new Set(family.map(({ platform }) => platform.toLowerCase()))
      duplicates.push({ reason: names.size === 1 ? 'platform-case' : 'platform-alias', streams: streamsOf(family) })
    }
    for (const chat of Map.groupBy(family, ({ platform }) => platform).values()) {
      if (areSeveral(chat)) duplicates.push({ reason: reasonOf(chat), streams: streamsOf(chat) })
    }
  }
  return duplicates
}

function reasonOf(chats: readonly LedTo<unknown>[]): DuplicateReason {
  if (differ(chats, ({ accountId }) => accountId)) return 'other-account'
  return differ(chats, ({ scope }) => scope) ? 'other-scope' : 'same-chat'
}

/** What a platform is called here, whatever others call it and in whatever case. */
function commonName(platform: string, aliases: PlatformAliases): string {
  const name = platform.toLowerCase()
  return (aliases.get(platform) ?? aliases.get(name) ?? name).toLowerCase()
}

function areSeveral(chats: readonly LedTo<unknown>[]): boolean {
  return chats.some(({ held }) => held !== chats[0]!.held)
}

/** Whether there is nothing that all of the streams have in common. */
function differ(chats: readonly LedTo<unknown>[], of: (chat: LedTo<unknown>) => string): boolean {
  const count = new Set(chats.map(({ held }) => held)).size
  for (const alike of Map.groupBy(chats, of).values()) {
    if (new Set(alike.map(({ held }) => held)).size === count) return false
  }
  return true
}

function streamsOf<Held>(chats: readonly LedTo<Held>[]): Held[] {
  return [...new Set(chats.map(({ held }) => held))]
}
