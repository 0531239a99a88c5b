import { describe, expect, it } from 'vitest'
import { deriveStreamId, escaped, type Identity, sameIdentity } from '../../src/domain/identity.ts'

const qq = { platform: 'qq', accountId: '', scope: '' }
const group = (id: string) => ({ kind: 'group' as const, id })
const user = (id: string) => ({ kind: 'private' as const, id })

describe('the id of a stream', () => {
  it.each<[string, Identity, string]>([
    ['a group', { ...qq, target: group('941657197') }, 'a544edeb1a9b73e3e1d77dff36e41264'],
    ['a private chat', { ...qq, target: user('1787882683') }, 'b8f3a2f1a141dab0218071e5af2d3e1e'],
    [
      'a group under an account',
      { ...qq, accountId: '10001', target: group('941657197') },
      '6ec2fb04dac7799a763b153c7e039fe1',
    ],
    [
      'a group under an account and a scope',
      { ...qq, accountId: '10001', scope: 's1', target: group('941657197') },
      '489f3b6c2db7807263d63ed0ef985786',
    ],
    [
      'a private chat under an account',
      { ...qq, accountId: '10001', target: user('1787882683') },
      'cf12ce655ac960e617b29be6a7de70f0',
    ],
  ])('of %s is the one that the bot derives', (_name, identity, streamId) => {
    expect(deriveStreamId(identity)).toBe(streamId)
  })

  it('is none where neither a group nor a user is recorded', () => {
    expect(deriveStreamId(qq)).toBeUndefined()
  })

  it('is shared by identities whose parts join to the same text, as in the bot', () => {
    expect(deriveStreamId({ ...qq, target: group('1_private') })).toBe(deriveStreamId({ ...qq, target: user('1') }))
    expect(deriveStreamId({ ...qq, target: group('account:1_2') })).toBe(
      deriveStreamId({ ...qq, accountId: '1', target: group('2') }),
    )
  })
})

describe('an identity', () => {
  const whole: Identity = { platform: 'qq', accountId: 'a', scope: 's', target: group('1') }

  it('is the same where all of its parts are, also where there is no target', () => {
    expect(sameIdentity(whole, { ...whole, target: group('1') })).toBe(true)
    expect(sameIdentity(qq, { ...qq })).toBe(true)
  })

  it.each<[string, Identity]>([
    ['platform', { ...whole, platform: 'QQ' }],
    ['account', { ...whole, accountId: '' }],
    ['scope', { ...whole, scope: '' }],
    ['id', { ...whole, target: group('2') }],
    ['kind', { ...whole, target: user('1') }],
    ['target', { ...whole, target: undefined }],
  ])('is another where the %s differs', (_part, other) => {
    expect(sameIdentity(whole, other)).toBe(false)
    expect(sameIdentity(other, whole)).toBe(false)
  })

  it('has in words each part escaped that has a meaning there', () => {
    expect(escaped(':')).toBe('%3A')
    expect(escaped('猫-1_a')).toBe('猫-1_a')
  })
})
