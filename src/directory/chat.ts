import { isInScope, type Scope } from '../domain/access.ts'
import { ChatApiError } from '../domain/errors.ts'
import {
  deriveStreamId,
  describeIdentity,
  formerIdentity,
  formerTarget,
  type Identity,
  identityOf,
  sameIdentity,
  type Target,
  targetOf,
} from '../domain/identity.ts'
import { compareText, type FormerChat, type Stream } from '../domain/stream.ts'
import { chatsOf, type Tombstone } from '../domain/tombstone.ts'
import type { Activity } from './activity.ts'

/** A chat as a writer names it: by the id of its stream, or by what it is, the bot's account and scope left open or not. */
export type Chat = Pick<Activity, 'platform' | 'accountId' | 'scope' | 'userInfo' | 'groupInfo' | 'streamId' | 'era'>

/** The identity that a new stream of the chat gets. */
export function newIdentity(chat: Chat): Identity {
  return {
    platform: chat.platform,
    accountId: chat.accountId ?? '',
    scope: chat.scope ?? '',
    target: targetOf(chat),
  }
}

/** The id that a new stream of the chat gets; undefined for a chat with neither a user, a group nor an id of its own. */
export function newStreamId(chat: Chat): string | undefined {
  return chat.streamId ?? deriveStreamId(newIdentity(chat))
}

/** Whether the stream is the chat, or the chat was merged into it; what the chat leaves open matches anything. */
export function isChat(stream: Stream, chat: Chat): boolean {
  if (isOf(stream.streamId, identityOf(stream), chat)) return true
  return stream.mergedChats?.some((former) => isFormer(former, chat)) ?? false
}

/** Whether the chat is one that had a stream of its own. */
export function isFormer(former: FormerChat, chat: Chat): boolean {
  return isOf(former.streamId, formerIdentity(former), chat)
}

function isOf(streamId: string, identity: Identity, chat: Chat): boolean {
  const wanted = newIdentity(chat)
  if (chat.streamId !== undefined) return streamId === chat.streamId && sameIdentity(identity, wanted)
  return sameIdentity(identity, {
    ...wanted,
    accountId: chat.accountId ?? identity.accountId,
    scope: chat.scope ?? identity.scope,
  })
}

/** Whether account and scope of the chat were not recorded. */
export function isBeforeAccounts({ accountId = '', scope = '' }: Pick<Chat, 'accountId' | 'scope'>): boolean {
  return accountId === '' && scope === ''
}

/**
 * Whether the id of the chat is an alias that leads to the stream. A chat of another kind does not go there, though the ids
 * that the two derive are the same; nor does any other than the one that was merged with the id, where that is known.
 */
export function isAliased(stream: Stream, chat: Chat): boolean {
  const streamId = newStreamId(chat)
  if (streamId === undefined || !stream.aliasIds.includes(streamId)) return false
  if (stream.mergedChats?.some((former) => former.streamId === streamId)) return false
  const target = targetOf(chat)
  return target === undefined || target.kind === targetOf(stream)?.kind
}

/** Groups the streams and chats that can be each other. */
export function chatKey(chat: Pick<Chat, 'platform' | 'userInfo' | 'groupInfo'>): string {
  return keyOf(chat.platform, targetOf(chat))
}

/** The same for all chats that a stream is. */
export function chatKeys(stream: Stream): string[] {
  return [chatKey(stream), ...(stream.mergedChats ?? []).map(formerKey)]
}

export function formerKey(former: FormerChat): string {
  return keyOf(former.platform, formerTarget(former))
}

function keyOf(platform: string, target: Target | undefined): string {
  return JSON.stringify([platform, target?.kind, target?.id])
}

/** Of what is remembered of deleted streams, what is of the chat: the last one deleted, where there are several. */
export function tombstoneFor(tombstones: readonly Tombstone[], chat: Chat, scope: Scope): Tombstone | undefined {
  return tombstones
    .filter((each) => isInScope(scope, each) && chatsOf(each).some((former) => isFormer(former, chat)))
    .sort((a, b) => b.deleteTime - a.deleteTime || compareText(a.streamId, b.streamId))[0]
}

/**
 * The failure of a chat whose new stream would take the id of another chat. Who may not see that chat is not told which it
 * is.
 */
export function collision(existing: Stream, chat: Chat, scope: Scope): ChatApiError {
  const isVisible = isInScope(scope, existing)
  const existingText = isVisible ? describeIdentity(identityOf(existing)) : 'a chat that these credentials do not cover'
  const requestedText = describeIdentity(newIdentity(chat))
  const streamId = isVisible ? existing.streamId : (newStreamId(chat) ?? '')
  return new ChatApiError(
    'STREAM_ID_COLLISION',
    `the stream id ${streamId} of ${requestedText} already belongs to ${existingText}; nothing was written`,
    { metadata: { stream_id: streamId, requested: requestedText, ...(isVisible && { existing: existingText }) } },
  )
}

/** Throws where a new stream of the chat would be outside of a scope. */
export function assertInScope(scope: Scope, chat: Chat): void {
  const { platform, accountId } = newIdentity(chat)
  if (isInScope(scope, { platform, accountId })) return
  const isOtherPlatform = scope.platforms?.includes(platform) === false
  const what = isOtherPlatform ? `platform ${JSON.stringify(platform)}` : `account_id ${JSON.stringify(accountId)}`
  throw new ChatApiError('PERMISSION_DENIED', `these credentials do not cover ${what}; nothing was written`)
}
