import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt'
import {
  type ChatStream,
  type ChatStreamSchema,
  type GroupInfo as GroupInfoMessage,
  type MergedChat as MergedChatMessage,
  type MergedChatSchema,
  type StreamInfoSchema,
  StreamType as StreamTypeMessage,
  type UserInfo as UserInfoMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { displayName } from '../domain/display-name.ts'
import { etagOf } from '../domain/etag.ts'
import {
  type FormerChat,
  type GroupInfo,
  type Stream,
  type StreamType,
  streamType,
  type UserInfo,
} from '../domain/stream.ts'
import { joinTime, splitTime } from '../domain/timestamp.ts'

const typeMessages: Readonly<Record<StreamType, StreamTypeMessage>> = {
  private: StreamTypeMessage.PRIVATE,
  group: StreamTypeMessage.GROUP,
  unknown: StreamTypeMessage.UNKNOWN,
}

export function toTypeMessage(type: StreamType): StreamTypeMessage {
  return typeMessages[type]
}

export function toTimestamp(time: number): MessageInitShape<typeof TimestampSchema> {
  const { seconds, nanos } = splitTime(time)
  return { seconds: BigInt(seconds), nanos }
}

export function fromTimestamp({ seconds, nanos }: Pick<Timestamp, 'seconds' | 'nanos'>): number {
  return joinTime({ seconds: Number(seconds), nanos })
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
    mergedChats: (stream.mergedChats ?? []) as MessageInitShape<typeof MergedChatSchema>[],
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
    ...(message.mergedChats.length > 0 && { mergedChats: message.mergedChats.map(fromMergedChat) }),
  }
}

function fromMergedChat({ streamId, platform, accountId, scope, groupId, userId }: MergedChatMessage): FormerChat {
  return {
    ...{ streamId, platform, accountId, scope },
    ...(groupId !== undefined && { groupId }),
    ...(userId !== undefined && { userId }),
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
