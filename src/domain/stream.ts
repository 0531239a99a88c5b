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

/** A chat that had a stream of its own, which is gone: what it was, and the id of that stream. */
export interface FormerChat {
  readonly streamId: string
  readonly platform: string
  readonly accountId: string
  readonly scope: string
  /** Of a group. */
  readonly groupId?: string | undefined
  /** The user of a private chat. */
  readonly userId?: string | undefined
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
  /**
   * The chats that were merged into this one: whatever names one of them means this stream. Their ids are among `aliasIds`.
   * Absent where there are none, never empty.
   */
  readonly mergedChats?: readonly FormerChat[] | undefined
}

export const STREAM_TYPES = ['group', 'private', 'unknown'] as const
export type StreamType = (typeof STREAM_TYPES)[number]

export function streamType(stream: Pick<Stream, 'groupInfo' | 'userInfo'>): StreamType {
  if (stream.groupInfo) return 'group'
  return stream.userInfo ? 'private' : 'unknown'
}

/** Orders text by UTF-16 code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Most recently active first; of equally recent streams, the smaller id. */
export function byRecency(a: Stream, b: Stream): number {
  return b.lastActiveTime - a.lastActiveTime || compareText(a.streamId, b.streamId)
}
