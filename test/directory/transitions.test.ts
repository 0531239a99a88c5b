import { describe, expect, it } from 'vitest'
import type { Activity } from '../../src/directory/activity.ts'
import { applyActivity, newStream } from '../../src/directory/transitions.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { groupStream, privateStream } from '../support/streams.ts'

const user = { platform: 'qq', userId: '7', userNickname: 'Mai', userCardname: 'Card' }
const recorded = groupStream('1', { userInfo: user, createTime: 5, lastActiveTime: 10 })
const seen = (more: Partial<Activity>): Activity => ({ platform: 'qq', activeTime: 10, ...more })

describe('a first activity', () => {
  it('makes a stream of what it says, of the time of its own where it names no earlier one', () => {
    const { groupInfo } = groupStream('1')
    const whole = newStream(seen({ accountId: 'a', scope: 's', userInfo: user, groupInfo, createTime: 4 }))
    expect(whole).toMatchObject({ accountId: 'a', scope: 's', userInfo: user, groupInfo, createTime: 4 })
    expect(whole).toMatchObject({ lastActiveTime: 10, labels: {}, aliasIds: [] })
    expect(newStream(seen({ groupInfo }))).toMatchObject({
      streamId: groupStream('1').streamId,
      accountId: '',
      scope: '',
      createTime: 10,
    })
    expect(newStream(seen({ groupInfo, streamId: 'own' })).streamId).toBe('own')
  })
})

describe('a further activity', () => {
  it('that says nothing new leaves the very stream', () => {
    for (const more of [{}, { userInfo: { ...user } }, { groupInfo: { ...recorded.groupInfo! } }, { createTime: 6 }]) {
      expect(applyActivity(recorded, seen(more))).toBe(recorded)
    }
  })

  it.each<[string, Partial<Activity>, Partial<Stream>]>([
    ['a later time', { activeTime: 11 }, { lastActiveTime: 11 }],
    ['an earlier beginning', { createTime: 4 }, { createTime: 4 }],
    [
      'a nickname alone',
      { userInfo: { platform: 'qq', userId: '7', userNickname: 'New' } },
      { userInfo: { ...user, userNickname: 'New' } },
    ],
    [
      'a card name alone',
      { userInfo: { platform: 'qq', userId: '7', userCardname: 'New' } },
      { userInfo: { ...user, userCardname: 'New' } },
    ],
    [
      'a user of the same id on another platform',
      { userInfo: { platform: 'x', userId: '7' } },
      { userInfo: { platform: 'x', userId: '7' } },
    ],
    [
      'another user',
      { userInfo: { platform: 'qq', userId: '8', userNickname: 'Eight' } },
      { userInfo: { platform: 'qq', userId: '8', userNickname: 'Eight' } },
    ],
    [
      'a name of the group',
      { groupInfo: { platform: 'qq', groupId: '1', groupName: 'new' } },
      { groupInfo: { platform: 'qq', groupId: '1', groupName: 'new' } },
    ],
  ])('that says %s changes that and nothing else', (_what, more, expected) => {
    expect(applyActivity(recorded, seen(more))).toEqual({ ...recorded, ...expected })
  })

  it('that arrives late fills in what is missing, and replaces nothing', () => {
    const bare: Stream = {
      ...recorded,
      userInfo: { platform: 'qq', userId: '7' },
      groupInfo: { platform: 'qq', groupId: '1' },
    }
    const late = seen({ activeTime: 9, userInfo: user, groupInfo: recorded.groupInfo })
    expect(applyActivity(bare, late)).toEqual(recorded)
    const other = seen({ activeTime: 9, userInfo: { ...user, userNickname: 'Old', userCardname: 'Old' } })
    expect(applyActivity(recorded, other)).toBe(recorded)
    expect(applyActivity(recorded, seen({ activeTime: 9, userInfo: { platform: 'x', userId: '7' } }))).toBe(recorded)
    const nobody = { ...recorded, userInfo: undefined }
    expect(applyActivity(nobody, late)).toEqual(recorded)
  })

  it('of another user, whom an alias led into a private chat, is not taken for the chat', () => {
    const chat = privateStream('7', { lastActiveTime: 5 })
    const next = applyActivity(chat, seen({ userInfo: { platform: 'qq', userId: '8', userNickname: 'Eight' } }))
    expect(next).toEqual({ ...chat, lastActiveTime: 10 })
    const own = applyActivity(chat, seen({ userInfo: { platform: 'qq', userId: '7', userNickname: 'New' } }))
    expect(own.userInfo?.userNickname).toBe('New')
  })
})
