import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { type ChatStream, ChatStreamSchema, type StreamInfo } from '../../gen/chatapi/v1/chat_api_pb.js'
import { typeOf } from './chats.ts'

/** A stream as its caller shows it. A user or a group without an id is not recorded. */
export function shown(message: MessageInitShape<typeof ChatStreamSchema>): ChatStream {
  const stream = create(ChatStreamSchema, message)
  const { userInfo, groupInfo, ...others } = stream
  return { ...others, ...(userInfo?.userId && { userInfo }), ...(groupInfo?.groupId && { groupInfo }) }
}

export function infoOf(stream: ChatStream): StreamInfo {
  const { streamId, platform, userInfo, groupInfo } = stream
  return {
    $typeName: 'chatapi.v1.StreamInfo',
    ...{ streamId, platform, type: typeOf(stream) },
    ...(groupInfo && { groupId: groupInfo.groupId }),
    ...(groupInfo?.groupName !== undefined && { groupName: groupInfo.groupName }),
    ...(userInfo && { userId: userInfo.userId }),
    ...(userInfo?.userNickname !== undefined && { userName: userInfo.userNickname }),
  }
}
