import { describe, expect, it } from 'vitest'
import { displayName } from '../../src/domain/display-name.ts'
import { etagOf } from '../../src/domain/etag.ts'
import { deriveStreamId, identityOf } from '../../src/domain/identity.ts'
import { type Stream, streamType } from '../../src/domain/stream.ts'

function stream(overrides: Partial<Stream>): Stream {
  const made: Stream = {
    streamId: '',
    platform: 'qq',
    accountId: '',
    scope: '',
    createTime: 1,
    lastActiveTime: 2,
    labels: {},
    aliasIds: [],
    ...overrides,
  }
  return { ...made, streamId: overrides.streamId ?? deriveStreamId(identityOf(made)) ?? 'own-id' }
}

const group = (groupId: string, groupName?: string) => ({ groupInfo: { platform: 'qq', groupId, groupName } })
const user = (userId: string, userNickname?: string) => ({ userInfo: { platform: 'qq', userId, userNickname } })

describe('the type of a stream', () => {
  it('is group where a group is recorded, whoever spoke', () => {
    expect(streamType(stream({ ...group('1'), ...user('2') }))).toBe('group')
  })
  it('is private where only a user is recorded', () => {
    expect(streamType(stream(user('2')))).toBe('private')
  })
  it('is unknown where neither is', () => {
    expect(streamType(stream({}))).toBe('unknown')
  })
})

describe('the display name', () => {
  it('is the name and what tells same-named chats apart', () => {
    expect(displayName(stream(group('1', 'cats')))).toBe('cats (qq:group:1)')
    expect(displayName(stream(user('1', 'Mai')))).toBe('Mai (qq:private:1)')
    expect(displayName(stream({ ...group('1', 'cats'), accountId: 'a', scope: 's' }))).toBe(
      'cats (qq:group:1, account a, scope s)',
    )
  })

  it('leads with the name that people gave', () => {
    expect(displayName({ ...stream(group('1', 'cats')), customName: 'ours' })).toBe('ours (qq:group:1)')
    expect(displayName({ ...stream({ streamId: 'x' }), customName: 'ours' })).toBe('ours (qq, stream x)')
    expect(displayName({ ...stream(group('1', 'cats')), customName: '🐾'.repeat(61) })).toBe(
      `${'🐾'.repeat(59)}… (qq:group:1)`,
    )
  })

  it('is the identity alone where there is no name', () => {
    expect(displayName(stream(group('1')))).toBe('qq:group:1')
    expect(displayName(stream(group('1', '')))).toBe('qq:group:1')
    expect(displayName(stream({ streamId: 'x' }))).toBe('qq, stream x')
  })

  it('tells apart two streams of one identity by their ids', () => {
    const derived = stream(group('1', 'cats'))
    expect(displayName({ ...derived, streamId: 'older' })).toBe('cats (qq:group:1, stream older)')
  })

  it('differs between chats that try to look alike', () => {
    const looks = [
      stream(group('1', 'cats')),
      stream(group('1) (x', 'cats')),
      stream({ ...group('1', 'x (cats'), platform: 'cats) (qq' }),
      stream({ ...group('1', 'cats'), platform: 'qq:group' }),
      stream({ ...group('1, account a', 'cats') }),
      stream({ ...group('1', 'cats'), accountId: 'a' }),
      stream({ ...user('1', 'cats (qq:group:1)') }),
    ].map(displayName)
    expect(new Set(looks).size).toBe(looks.length)
  })

  it('escapes in ids whatever has a meaning in an identity', () => {
    expect(displayName(stream(group('1,2:3 (4) 5%')))).toBe('qq:group:1%2C2%3A3%20%284%29%205%25')
  })

  it('shortens a long name between characters, and says so', () => {
    const shown = displayName(stream(group('1', '🐾'.repeat(61))))
    expect(shown).toBe(`${'🐾'.repeat(59)}… (qq:group:1)`)
    expect(displayName(stream(group('1', '🐾'.repeat(60))))).toBe(`${'🐾'.repeat(60)} (qq:group:1)`)
  })
})

describe('the etag', () => {
  const plain = stream({ ...group('1', 'cats'), ...user('2'), labels: { a: '1', b: '2' } })

  it('changes with every field', () => {
    const variants: Stream[] = [
      plain,
      { ...plain, streamId: 'x' },
      { ...plain, platform: 'QQ' },
      { ...plain, accountId: 'x' },
      { ...plain, scope: 'x' },
      { ...plain, ...group('1', 'dogs') },
      { ...plain, ...group('1') },
      { ...plain, ...group('1', '') },
      { ...plain, ...user('3') },
      { ...plain, userInfo: undefined },
      { ...plain, createTime: 1.5 },
      { ...plain, lastActiveTime: 2.0000001 },
      { ...plain, labels: { a: '1' } },
      { ...plain, labels: { a: '2', b: '1' } },
      { ...plain, aliasIds: ['x'] },
      { ...plain, customName: 'x' },
    ]
    expect(new Set(variants.map(etagOf)).size).toBe(variants.length)
  })

  it('of a stream without a name given by people is the one that release 0.1 gave', () => {
    expect(etagOf(stream(group('1', 'cats')))).toBe('AXzBwShHCqk')
  })

  it('does not depend on the order of labels', () => {
    expect(etagOf({ ...plain, labels: { b: '2', a: '1' } })).toBe(etagOf(plain))
  })
})
