import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { ChatStreamSchema, StreamInfoSchema, StreamType } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { fromMessage, toInfoMessage } from '../../src/wire/convert.ts'
import { groupStream, privateStream, unknownStream } from '../support/streams.ts'

describe('what there is to tell of a stream', () => {
  it('is its group, and who spoke there last', () => {
    const user = { platform: 'qq', userId: '7', userNickname: 'Mai' }
    const stream = groupStream('1', { userInfo: user })
    expect(create(StreamInfoSchema, toInfoMessage(stream))).toEqual(
      create(StreamInfoSchema, {
        streamId: stream.streamId,
        platform: 'qq',
        type: StreamType.GROUP,
        groupId: '1',
        groupName: 'Group 1',
        userId: '7',
        userName: 'Mai',
      }),
    )
  })

  it('is the user of a private chat, and no group', () => {
    expect(toInfoMessage(privateStream('7'))).toEqual({
      streamId: privateStream('7').streamId,
      platform: 'qq',
      type: StreamType.PRIVATE,
      userId: '7',
      userName: 'User 7',
    })
  })

  it('leaves out names that are not recorded, and not those recorded empty', () => {
    const groupInfo = { platform: 'qq', groupId: '1' }
    const userInfo = { platform: 'qq', userId: '7' }
    expect(Object.keys(toInfoMessage(groupStream('1', { groupInfo, userInfo })))).toEqual([
      ...['streamId', 'platform', 'type', 'groupId', 'userId'],
    ])
    const unnamed = { groupInfo: { ...groupInfo, groupName: '' }, userInfo: { ...userInfo, userNickname: '' } }
    expect(toInfoMessage(groupStream('1', unnamed))).toMatchObject({ groupName: '', userName: '' })
    expect(Object.keys(toInfoMessage(unknownStream('x')))).toEqual(['streamId', 'platform', 'type'])
  })
})

describe('a stream that a message says', () => {
  it('has the platform of its own for a user or a group that names none', () => {
    const message = create(ChatStreamSchema, {
      platform: 'telegram',
      userInfo: { userId: '7' },
      groupInfo: { groupId: '1', platform: 'qq' },
    })
    expect(fromMessage(message)).toMatchObject({
      userInfo: { platform: 'telegram', userId: '7' },
      groupInfo: { platform: 'qq', groupId: '1' },
    })
    const other = create(ChatStreamSchema, { platform: 'qq', groupInfo: { groupId: '1' }, userInfo: { platform: 'x' } })
    expect(fromMessage(other)).toMatchObject({ groupInfo: { platform: 'qq' }, userInfo: undefined })
  })
})
