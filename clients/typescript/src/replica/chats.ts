import { type ChatStream, type MergedChat, StreamType } from '../../gen/chatapi/v1/chat_api_pb.js'

/** The platform meant where a caller names none. */
export const DEFAULT_PLATFORM = 'qq'

/** What a plugin names when it looks for a chat: a group, or the user of a private chat. */
export interface Target {
  readonly kind: 'group' | 'private'
  readonly id: string
}

export function targetOf({ groupInfo, userInfo }: ChatStream): Target | undefined {
  if (groupInfo) return { kind: 'group', id: groupInfo.groupId }
  return userInfo && { kind: 'private', id: userInfo.userId }
}

function mergedTarget({ groupId, userId }: MergedChat): Target | undefined {
  if (groupId !== undefined) return { kind: 'group', id: groupId }
  return userId === undefined ? undefined : { kind: 'private', id: userId }
}

/** What leads to a stream: its own target and those of the chats that were merged into it. */
export function targetsOf(stream: ChatStream): Target[] {
  return [targetOf(stream), ...stream.mergedChats.map(mergedTarget)].filter((target) => target !== undefined)
}

/** Whether a target on a platform, or on any, leads to a stream that has it. */
export function isLedTo(stream: ChatStream, { kind, id }: Target, platform: string | undefined): boolean {
  if (platform === undefined) return true
  const own = targetOf(stream)
  if (own?.kind === kind && own.id === id && stream.platform === platform) return true
  return stream.mergedChats.some((chat) => {
    const merged = mergedTarget(chat)
    return merged?.kind === kind && merged.id === id && chat.platform === platform
  })
}

export function typeOf({ groupInfo, userInfo }: ChatStream): StreamType {
  if (groupInfo) return StreamType.GROUP
  return userInfo ? StreamType.PRIVATE : StreamType.UNKNOWN
}

/** Seconds since the Unix epoch. */
export function secondsOf(time: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  return time ? Number(time.seconds) + time.nanos / 1e9 : 0
}

/** Most recently active first; of equally recent streams, the smaller id. */
export function byRecency(a: ChatStream, b: ChatStream): number {
  return secondsOf(b.lastActiveTime) - secondsOf(a.lastActiveTime) || compareText(a.streamId, b.streamId)
}

/** By UTF-16 code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
