import { hash } from 'node:crypto'
import type { Stream } from './stream.ts'

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
