import { hash } from 'node:crypto'
import type { FormerChat, Stream } from './stream.ts'

/** What a plugin names when it looks for a chat: a group, or the user of a private chat. */
export interface Target {
  readonly kind: 'group' | 'private'
  readonly id: string
}

/** What makes a chat this chat and no other. */
export interface Identity {
  readonly platform: string
  readonly accountId: string
  readonly scope: string
  /** Absent for a stream of type unknown. */
  readonly target?: Target | undefined
}

export function targetOf(stream: Pick<Stream, 'groupInfo' | 'userInfo'>): Target | undefined {
  if (stream.groupInfo) return { kind: 'group', id: stream.groupInfo.groupId }
  if (stream.userInfo) return { kind: 'private', id: stream.userInfo.userId }
  return undefined
}

export function identityOf(stream: Stream): Identity {
  return { platform: stream.platform, accountId: stream.accountId, scope: stream.scope, target: targetOf(stream) }
}

export function formerTarget({ groupId, userId }: FormerChat): Target | undefined {
  if (groupId !== undefined) return { kind: 'group', id: groupId }
  return userId === undefined ? undefined : { kind: 'private', id: userId }
}

export function formerIdentity(chat: FormerChat): Identity {
  return { platform: chat.platform, accountId: chat.accountId, scope: chat.scope, target: formerTarget(chat) }
}

/** The chat of a stream, as it is remembered once that is gone. */
export function asFormerChat({ streamId, platform, accountId, scope, groupInfo, userInfo }: Stream): FormerChat {
  const target = groupInfo ? { groupId: groupInfo.groupId } : userInfo && { userId: userInfo.userId }
  return { streamId, platform, accountId, scope, ...target }
}

/** What leads to a stream: its own target and those of the chats that were merged into it, each once. */
export function targetsOf(stream: Pick<Stream, 'groupInfo' | 'userInfo' | 'mergedChats'>): Target[] {
  const own = targetOf(stream)
  if (!stream.mergedChats) return own ? [own] : []
  const targets = new Map<string, Target>()
  for (const target of [own, ...stream.mergedChats.map(formerTarget)]) {
    if (target) targets.set(`${target.kind} ${target.id}`, target)
  }
  return [...targets.values()]
}

/** Whether a target on a platform, or on any, leads to the stream: as its own, or as that of a chat that was merged into it. */
export function isLedTo(stream: Stream, target: Target, platform: string | undefined): boolean {
  const own = targetOf(stream)
  if (own?.kind === target.kind && own.id === target.id && isOn(stream, platform)) return true
  return stream.mergedChats?.some((chat) => isNamed(chat, target, platform)) ?? false
}

/** Whether a target on a platform, or on any, is that of the chat. */
export function isNamed(chat: FormerChat, { kind, id }: Target, platform: string | undefined): boolean {
  return (kind === 'group' ? chat.groupId : chat.userId) === id && isOn(chat, platform)
}

function isOn(chat: Pick<Stream, 'platform'>, platform: string | undefined): boolean {
  return platform === undefined || chat.platform === platform
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  return (
    a.platform === b.platform &&
    a.accountId === b.accountId &&
    a.scope === b.scope &&
    a.target?.kind === b.target?.kind &&
    a.target?.id === b.target?.id
  )
}

/**
 * The id that the bot derives for a chat, or undefined where neither group nor user is recorded.
 *
 * The join is ambiguous (group `1_private` and private user `1` share an id), which is why an id alone never proves an
 * identity: see `sameIdentity`.
 */
export function deriveStreamId({ platform, accountId, scope, target }: Identity): string | undefined {
  if (!target) return undefined
  const parts = [platform]
  if (accountId !== '') parts.push(`account:${accountId}`)
  if (scope !== '') parts.push(`scope:${scope}`)
  parts.push(target.id)
  if (target.kind === 'private') parts.push('private')
  return hash('md5', parts.join('_'))
}

/** An identity in words, such as `qq:group:941657197, account 10001`. Distinct identities read differently. */
export function describeIdentity({ platform, accountId, scope, target }: Identity): string {
  let text = target ? `${escaped(platform)}:${target.kind}:${escaped(target.id)}` : escaped(platform)
  if (accountId !== '') text += `, account ${escaped(accountId)}`
  if (scope !== '') text += `, scope ${escaped(scope)}`
  return text
}

/** Percent-encodes what has a meaning in an identity in words, so that no id can pose as another identity. */
export function escaped(text: string): string {
  return /[%:,() ]/.test(text)
    ? text.replace(/[%:,() ]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    : text
}
