import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt'
import {
  type ChatStream,
  type ChatStreamSchema,
  type GroupInfo as GroupInfoMessage,
  type StreamInfoSchema,
  StreamType as StreamTypeMessage,
  type UserInfo as UserInfoMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { displayName } from '../domain/display-name.ts'
import { etagOf } from '../domain/etag.ts'
import { type GroupInfo, type Stream, type StreamType, streamType, type UserInfo } from '../domain/stream.ts'

const NANOS_PER_SECOND = 1e9

const typeMessages: Readonly<Record<StreamType, StreamTypeMessage>> = {
  private: StreamTypeMessage.PRIVATE,
  group: StreamTypeMessage.GROUP,
  unknown: StreamTypeMessage.UNKNOWN,
}

export function toTypeMessage(type: StreamType): StreamTypeMessage {
  return typeMessages[type]
}

/** Powers of ten from milliseconds on, the least that clocks tell, to nanoseconds. */
const UNITS_PER_SECOND = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

/**
 * The seconds and nanoseconds of the shortest decimal that stands for a double of seconds: 1.024, and not the 1.02399993 that
 * some digit further on is nearer to it. `fromTimestamp` makes the same double of them from 2^23 seconds on (April 1970)
 * and up to as many before the epoch; between the two nine digits do not suffice, and the nearest nanosecond is told.
 */
export function splitTime(time: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(time)
  const fraction = time - seconds
  if (fraction === 0) return { seconds, nanos: 0 }
  for (const units of UNITS_PER_SECOND) {
    const count = roundHalfToEven(fraction * units)
    if (seconds + count / units === time) return carried(seconds, count * (NANOS_PER_SECOND / units))
  }
  return carried(seconds, Math.round(fraction * NANOS_PER_SECOND))
}

/** As the shortest decimal is chosen where two are as short and as near. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded
}

function carried(seconds: number, nanos: number): { seconds: number; nanos: number } {
  return nanos === NANOS_PER_SECOND ? { seconds: seconds + 1, nanos: 0 } : { seconds, nanos }
}

function toTimestamp(time: number): MessageInitShape<typeof TimestampSchema> {
  const { seconds, nanos } = splitTime(time)
  return { seconds: BigInt(seconds), nanos }
}

export function fromTimestamp({ seconds, nanos }: Pick<Timestamp, 'seconds' | 'nanos'>): number {
  return Number(seconds) + nanos / NANOS_PER_SECOND
}

export function toMessage(stream: Stream): MessageInitShape<typeof ChatStreamSchema> {
  return {
    ...stream,
    aliasIds: [...stream.aliasIds],
    userInfo: stream.userInfo as MessageInitShape<typeof ChatStreamSchema>['userInfo'],
    groupInfo: stream.groupInfo as MessageInitShape<typeof ChatStreamSchema>['groupInfo'],
    createTime: toTimestamp(stream.createTime),
    lastActiveTime: toTimestamp(stream.lastActiveTime),
    type: toTypeMessage(streamType(stream)),
    displayName: displayName(stream),
    etag: etagOf(stream),
    customName: stream.customName ?? '',
  }
}

/** What a ChatStream says itself. A user or group without an id is not recorded. */
export function fromMessage(message: ChatStream): Stream {
  return {
    streamId: message.streamId,
    platform: message.platform,
    accountId: message.accountId,
    scope: message.scope,
    userInfo: fromUserInfo(message.userInfo, message.platform),
    groupInfo: fromGroupInfo(message.groupInfo, message.platform),
    createTime: message.createTime ? fromTimestamp(message.createTime) : 0,
    lastActiveTime: message.lastActiveTime ? fromTimestamp(message.lastActiveTime) : 0,
    labels: message.labels,
    aliasIds: message.aliasIds,
    ...(message.customName && { customName: message.customName }),
  }
}

/** @param platform that of the stream, which an empty one stands for */
export function fromUserInfo(user: UserInfoMessage | undefined, platform: string): UserInfo | undefined {
  if (!user?.userId) return undefined
  const { userId, userNickname, userCardname } = user
  return { platform: user.platform || platform, userId, userNickname, userCardname }
}

/** @param platform that of the stream, which an empty one stands for */
export function fromGroupInfo(group: GroupInfoMessage | undefined, platform: string): GroupInfo | undefined {
  if (!group?.groupId) return undefined
  return { platform: group.platform || platform, groupId: group.groupId, groupName: group.groupName }
}

export function toInfoMessage(stream: Stream): MessageInitShape<typeof StreamInfoSchema> {
  const { userInfo, groupInfo } = stream
  return {
    streamId: stream.streamId,
    platform: stream.platform,
    type: toTypeMessage(streamType(stream)),
    ...(groupInfo && { groupId: groupInfo.groupId }),
    ...(groupInfo?.groupName !== undefined && { groupName: groupInfo.groupName }),
    ...(userInfo && { userId: userInfo.userId }),
    ...(userInfo?.userNickname !== undefined && { userName: userInfo.userNickname }),
  }
}
