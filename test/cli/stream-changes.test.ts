import { expect, it } from 'vitest'
import { changesBetween } from '../../src/cli/stream-changes.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { groupStream } from '../support/streams.ts'

const before = groupStream('1', { labels: { a: '1', b: '2' } })

it.each<[string, Partial<Stream>, string[]]>([
  ['nothing', {}, []],
  ['a name that people gave', { customName: 'Mine' }, ['custom name none -> "Mine"']],
  [
    'the name of the group',
    { groupInfo: { platform: 'qq', groupId: '1', groupName: 'New' } },
    ['group name "Group 1" -> "New"'],
  ],
  ['labels', { labels: { b: '3', c: '' } }, ['-label a', '+label b=3', '+label c=']],
  ['an alias', { aliasIds: ['old'] }, ['+alias old']],
  ['activity', { lastActiveTime: before.lastActiveTime + 1 }, [expect.stringMatching(/^active \d{4}-/)]],
  ['whoever spoke', { userInfo: { platform: 'qq', userId: '7' } }, ['user none -> "7"']],
])('tells %s', (_what, overrides, parts) => {
  expect(changesBetween(before, { ...before, ...overrides })).toEqual(parts)
})
