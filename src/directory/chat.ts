import { isInScope, type Scope } from '../domain/access.ts'
import { ChatApiError } from '../domain/errors.ts'
import {
  deriveStreamId,
  describeIdentity,
  type Identity,
  identityOf,
  sameIdentity,
  targetOf,
} from '../domain/identity.ts'
import type { Stream } from '../domain/stream.ts'
import type { Activity } from './activity.ts'

/** A chat as a writer names it: by the id of its stream, or by what it is, the bot's account and scope left open or not. */
export type Chat = Pick<Activity, 'platform' | 'accountId' | 'scope' | 'userInfo' | 'groupInfo' | 'streamId'>

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

/** Whether the stream is the chat; what the chat leaves open matches anything. */
export function isChat(stream: Stream, chat: Chat): boolean {
  const wanted = newIdentity(chat)
  if (chat.streamId !== undefined) return stream.streamId === chat.streamId && sameIdentity(identityOf(stream), wanted)
  return sameIdentity(identityOf(stream), {
    ...wanted,
    accountId: chat.accountId ?? stream.accountId,
    scope: chat.scope ?? stream.scope,
  })
}

/**
 * Whether the id of the chat is an alias that leads to the stream. A chat of another kind does not go there, though the ids
 * that the two derive are the same.
 */
export function isAliased(stream: Stream, chat: Chat): boolean {
  const streamId = newStreamId(chat)
  if (streamId === undefined || !stream.aliasIds.includes(streamId)) return false
  const target = targetOf(chat)
  return target === undefined || target.kind === targetOf(stream)?.kind
}

/** Groups the streams and chats that can be each other. */
export function chatKey({ platform, ...chat }: Pick<Chat, 'platform' | 'userInfo' | 'groupInfo'>): string {
  const target = targetOf(chat)
  return JSON.stringify([platform, target?.kind, target?.id])
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
