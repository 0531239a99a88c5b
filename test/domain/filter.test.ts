import { describe, expect, it } from 'vitest'
import { filterable, isByPlatformAndType, predicateOf, type StreamFilter } from '../../src/domain/filter.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { groupStream, privateStream, unknownStream } from '../support/streams.ts'

const cats = groupStream('1', {
  accountId: 'a',
  scope: 's',
  labels: { team: 'blue', empty: '' },
  createTime: 10,
  lastActiveTime: 20,
  userInfo: { platform: 'qq', userId: '7', userNickname: 'Speaker' },
  groupInfo: { platform: 'qq', groupId: '1', groupName: 'Ｃats 猫' },
})
const mai = privateStream('1', {
  platform: 'telegram',
  createTime: 11,
  lastActiveTime: 21,
  customName: 'The OWNER',
  mergedChats: [{ streamId: 'x', platform: 'qq', accountId: '', scope: '', groupId: 'old' }],
  userInfo: { platform: 'telegram', userId: '1', userNickname: 'Mai', userCardname: 'Card' },
})
const lonely = unknownStream('lonely', { createTime: 12, lastActiveTime: 22 })

const names = new Map<Stream, string>([
  [cats, 'cats'],
  [mai, 'mai'],
  [lonely, 'lonely'],
])

function matching(filter: StreamFilter): string {
  const matches = predicateOf(filter)
  return [...names.keys()]
    .filter((stream) => matches(filterable(stream)))
    .map((stream) => names.get(stream))
    .join(' ')
}

describe('a filter', () => {
  it.each<[string, StreamFilter, string]>([
    ['nothing', {}, 'cats mai lonely'],
    ['no id to leave out', { excludeStreamIds: [] }, 'cats mai lonely'],
    ['fields that are undefined', { platforms: undefined, labels: undefined }, 'cats mai lonely'],
    ['a platform', { platforms: ['qq'] }, 'cats lonely'],
    ['several platforms', { platforms: ['telegram', 'qq'] }, 'cats mai lonely'],
    ['a platform in another case', { platforms: ['QQ'] }, ''],
    ['no platform at all', { platforms: [] }, ''],
    ['a type', { types: ['group'] }, 'cats'],
    ['several types', { types: ['private', 'unknown'] }, 'mai lonely'],
    ['an account', { accountIds: ['a'] }, 'cats'],
    ['the empty account', { accountIds: [''] }, 'mai lonely'],
    ['a scope', { scopes: ['s', 't'] }, 'cats'],
    ['ids', { streamIds: [mai.streamId, 'lonely', 'none'] }, 'mai lonely'],
    ['all but some ids', { excludeStreamIds: ['lonely'] }, 'cats mai'],
    ['a group', { groupIds: ['1'] }, 'cats'],
    ['a user, which is the one of a private chat', { userIds: ['1', '7'] }, 'mai'],
    ['a group that was merged into another chat', { groupIds: ['old'] }, 'mai'],
    ['groups and users together', { groupIds: ['1'], userIds: ['1'] }, 'cats mai'],
    ['an empty list of groups', { groupIds: [] }, ''],
    ['a part of a group name, whatever its width and case', { nameContains: 'CATS' }, 'cats'],
    ['a part of one character', { nameContains: '猫' }, 'cats'],
    ['a part of a name given by people', { nameContains: 'owner' }, 'mai'],
    ['a part of a nickname', { nameContains: 'ai' }, 'mai'],
    ['a part of the name of who spoke last', { nameContains: 'speaker' }, ''],
    ['the empty name, which all names contain', { nameContains: '' }, 'cats mai'],
    ['a label', { labels: { team: 'blue' } }, 'cats'],
    ['a label with an empty value', { labels: { empty: '' } }, 'cats'],
    ['a label of another value', { labels: { team: 'red' } }, ''],
    ['two labels', { labels: { team: 'blue', empty: 'x' } }, ''],
    ['a label that objects have by nature', { labels: { constructor: '' } }, ''],
    ['active since', { activeSince: 21 }, 'mai lonely'],
    ['quiet since', { quietSince: 21 }, 'cats'],
    ['created since', { createdSince: 11 }, 'mai lonely'],
    ['fields that must all hold', { platforms: ['qq'], activeSince: 21 }, 'lonely'],
  ])('by %s', (_what, filter, expected) => {
    expect(matching(filter)).toBe(expected)
  })

  it('tells whether it asks for platforms and types alone', () => {
    expect(isByPlatformAndType({ platforms: ['qq'], types: [], scopes: undefined })).toBe(true)
    expect(isByPlatformAndType({ platforms: ['qq'], scopes: [''] })).toBe(false)
    expect(isByPlatformAndType({ platforms: ['qq'], scopes: [''], labels: undefined })).toBe(false)
  })
})
