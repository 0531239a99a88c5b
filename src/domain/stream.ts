import { deriveStreamId } from './stream-id.ts'

/** A user as a platform knows them. */
export interface UserInfo {
  readonly platform: string
  readonly userId: string
  /** Absent when never recorded, which is not the same as recorded empty. */
  readonly userNickname?: string | undefined
  readonly userCardname?: string | undefined
}

/** A group as a platform knows it. */
export interface GroupInfo {
  readonly platform: string
  readonly groupId: string
  readonly groupName?: string | undefined
}

/** One chat as one bot sees it. Immutable: a changed stream is a new object. */
export interface Stream {
  readonly streamId: string
  readonly platform: string
  /** Empty when not recorded. */
  readonly accountId: string
  /** Empty when there is none. */
  readonly scope: string
  readonly userInfo?: UserInfo | undefined
  readonly groupInfo?: GroupInfo | undefined
  /** Seconds since the Unix epoch, in the double that the bot itself keeps. */
  readonly createTime: number
  readonly lastActiveTime: number
  readonly labels: Readonly<Record<string, string>>
  readonly aliasIds: readonly string[]
  /** A name given by people, which no bot changes; absent where there is none, never empty. */
  readonly customName?: string | undefined
}

export type StreamType = 'private' | 'group' | 'unknown'

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

export function streamType(stream: Pick<Stream, 'groupInfo' | 'userInfo'>): StreamType {
  if (stream.groupInfo) return 'group'
  return stream.userInfo ? 'private' : 'unknown'
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

/** Orders text by UTF-16 code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Most recently active first; of equally recent streams, the smaller id. */
export function byRecency(a: Stream, b: Stream): number {
  return b.lastActiveTime - a.lastActiveTime || compareText(a.streamId, b.streamId)
}

/** An identity in words, such as `qq:group:941657197, account 10001`. Distinct identities read differently. */
export function describeIdentity({ platform, accountId, scope, target }: Identity): string {
  let text = target ? `${escaped(platform)}:${target.kind}:${escaped(target.id)}` : escaped(platform)
  if (accountId !== '') text += `, account ${escaped(accountId)}`
  if (scope !== '') text += `, scope ${escaped(scope)}`
  return text
}

/** Longest name, in characters, that a display name shows whole. */
const SHOWN_NAME_LENGTH = 60

/**
 * A name for people, unique among all streams: the name that people gave it, else the one of the group or user where there
 * is one, then the identity in parentheses.
 *
 * It depends on nothing but the stream, so it needs no look at the others. A stream whose id is not the one derived from
 * its identity shares that identity with the stream that has the derived id; its own id keeps the two apart.
 */
export function displayName(stream: Stream): string {
  const identity = identityOf(stream)
  let key = describeIdentity(identity)
  if (deriveStreamId(identity) !== stream.streamId) key += `, stream ${escaped(stream.streamId)}`
  const name = stream.customName || (stream.groupInfo ? stream.groupInfo.groupName : stream.userInfo?.userNickname)
  return name ? `${shortened(name)} (${key})` : key
}

function shortened(name: string): string {
  if (name.length <= SHOWN_NAME_LENGTH) return name
  const characters = Array.from(name)
  return characters.length <= SHOWN_NAME_LENGTH ? name : `${characters.slice(0, SHOWN_NAME_LENGTH - 1).join('')}…`
}

/** Percent-encodes what has a meaning in an identity in words, so that no id can pose as another identity. */
function escaped(text: string): string {
  return /[%:,() ]/.test(text)
    ? text.replace(/[%:,() ]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    : text
}
