import { describe, expect, it } from 'vitest'
import type { Activity } from '../../src/directory/activity.ts'
import { checkActivity, checkClock, checkOpening } from '../../src/directory/checks.ts'
import { ChatApiError } from '../../src/domain/errors.ts'
import { MAX_LABELS, MAX_TEXT_BYTES, MAX_TIME, MIN_TIME } from '../../src/domain/limits.ts'

/** What is wrong, field by field. */
function faults(check: () => void): Record<string, string> {
  try {
    check()
  } catch (error) {
    if (!(error instanceof ChatApiError)) throw error
    return Object.fromEntries(error.violations.map(({ field, description }) => [field, description]))
  }
  return {}
}

/** An activity with a text in each field that has one. */
function filled(textOf: (field: keyof typeof MAX_TEXT_BYTES) => string): Activity {
  return {
    platform: textOf('platform'),
    accountId: textOf('account_id'),
    scope: textOf('scope'),
    streamId: textOf('stream_id'),
    userInfo: {
      platform: textOf('user_info.platform'),
      userId: textOf('user_info.user_id'),
      userNickname: textOf('user_info.user_nickname'),
      userCardname: textOf('user_info.user_cardname'),
    },
    groupInfo: {
      platform: textOf('group_info.platform'),
      groupId: textOf('group_info.group_id'),
      groupName: textOf('group_info.group_name'),
    },
    activeTime: 1,
  }
}

/** No activity has a name given by people. */
const FIELDS = Object.keys(MAX_TEXT_BYTES).filter((name) => name !== 'custom_name')

describe('an activity', () => {
  const inGroup = { platform: 'qq', groupInfo: { platform: 'qq', groupId: '1' }, activeTime: 1 }

  it('may have texts as long as the limits say, and none longer', () => {
    const atLimit = filled((field) => 'x'.repeat(MAX_TEXT_BYTES[field]))
    expect(faults(() => checkActivity(atLimit))).toEqual({})
    const over = faults(() => checkActivity(filled((field) => 'x'.repeat(MAX_TEXT_BYTES[field] + 1))))
    expect(Object.keys(over).sort()).toEqual(FIELDS.toSorted())
    expect(over.scope).toBe('must be at most 512 bytes, is 513')
  })

  it('must name its ids and its platform, and may leave all else empty', () => {
    const empty = faults(() => checkActivity(filled(() => '')))
    expect(empty).toEqual({
      platform: 'must not be empty',
      stream_id: 'must not be empty',
      'user_info.user_id': 'must not be empty',
      'group_info.group_id': 'must not be empty',
    })
  })

  it('must be in a chat, unless it names its stream', () => {
    expect(faults(() => checkActivity(inGroup))).toEqual({})
    expect(faults(() => checkActivity({ platform: 'qq', streamId: 'x', activeTime: 1 }))).toEqual({})
    expect(Object.keys(faults(() => checkActivity({ platform: 'qq', activeTime: 1 })))).toEqual(['group_info'])
  })

  it('must be of a time that a timestamp can hold', () => {
    for (const time of [MIN_TIME, 0, MAX_TIME]) {
      expect(faults(() => checkActivity({ ...inGroup, activeTime: time, createTime: time }))).toEqual({})
    }
    for (const time of [MIN_TIME - 1, MAX_TIME + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const found = faults(() => checkActivity({ ...inGroup, activeTime: time, createTime: time }))
      expect(Object.keys(found)).toEqual(['active_time', 'create_time'])
      expect(found.active_time).toContain(`is ${time}`)
    }
  })

  it('may be as far ahead of the clock as is allowed, and says of one that is not how far that is', () => {
    expect(() => checkClock({ ...inGroup, activeTime: 7_200 }, 3_600, 3_600_000)).not.toThrow()
    const description =
      'is 1970-01-01T02:00:01.000Z, more than 1 h ahead of the clock of this server (1970-01-01T01:00:00.000Z)'
    expect(() => checkClock({ ...inGroup, activeTime: 7_201 }, 3_600, 3_600_000)).toThrow(
      expect.objectContaining({
        reason: 'TIME_TOO_FAR_AHEAD',
        message: `active_time: ${description}`,
        metadata: { active_time: '1970-01-01T02:00:01.000Z', server_time: '1970-01-01T01:00:00.000Z' },
        violations: [{ field: 'active_time', description }],
      }),
    )
  })
})

describe('an opening', () => {
  const chat = { platform: 'qq', groupInfo: { platform: 'qq', groupId: '1' } }
  const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`key ${i}`, '']))

  it('may have as many labels as the limit says, and no more', () => {
    expect(faults(() => checkOpening(chat))).toEqual({})
    expect(faults(() => checkOpening({ ...chat, labels: labels(MAX_LABELS) }))).toEqual({})
    expect(faults(() => checkOpening({ ...chat, labels: labels(MAX_LABELS + 1) }))).toEqual({
      labels: 'must be at most 64, are 65',
    })
  })

  it('may have labels as long as the limits say, whose keys are not empty', () => {
    const at = { ['k'.repeat(128)]: 'v'.repeat(1_024), empty: '' }
    expect(faults(() => checkOpening({ ...chat, labels: at }))).toEqual({})
    expect(faults(() => checkOpening({ ...chat, labels: { '': 'x', k: 'v'.repeat(1_025) } }))).toEqual({
      'labels[""]': 'must not be empty',
      'labels["k"]': 'must be at most 1024 bytes, is 1025',
    })
    const key = 'k'.repeat(129)
    expect(faults(() => checkOpening({ ...chat, labels: { [key]: '' } }))).toEqual({
      [`labels["${key}"]`]: 'must be at most 128 bytes, is 129',
    })
  })

  it('is held to the limits of its chat', () => {
    expect(Object.keys(faults(() => checkOpening({ ...chat, platform: '' })))).toEqual(['platform'])
  })
})
