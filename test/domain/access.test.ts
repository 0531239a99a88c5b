import { describe, expect, it } from 'vitest'
import {
  type Access,
  EVERYTHING,
  isAllowed,
  isEverything,
  isInScope,
  narrowed,
  ROLES,
  type Scope,
} from '../../src/domain/access.ts'

describe('a role', () => {
  it.each<[Access, string[]]>([
    ['anyone', ['reader', 'recorder', 'admin']],
    ['reader', ['reader', 'recorder', 'admin']],
    ['recorder', ['recorder', 'admin']],
    ['admin', ['admin']],
  ])('may do what is for %s where it is that or more', (access, roles) => {
    const allowed = ROLES.filter((role) => isAllowed({ name: 'a', role, scope: EVERYTHING }, access))
    expect(allowed).toEqual(roles)
  })
})

describe('a scope', () => {
  const onQq: Scope = { platforms: ['qq', 'telegram'] }
  const ofA: Scope = { accountIds: ['a', ''] }
  const both: Scope = { ...onQq, ...ofA }
  const none: Scope = { platforms: [] }

  it('is everything where it names neither platforms nor accounts', () => {
    expect([EVERYTHING, onQq, ofA, both, none].map(isEverything)).toEqual([true, false, false, false, false])
  })

  it('has the streams of its platforms and of its accounts', () => {
    const streams = [
      { platform: 'qq', accountId: 'a' },
      { platform: 'qq', accountId: 'b' },
      { platform: 'discord', accountId: 'a' },
      { platform: 'discord', accountId: 'b' },
    ]
    const within = (scope: Scope) => streams.map((stream) => isInScope(scope, stream))
    expect(within(EVERYTHING)).toEqual([true, true, true, true])
    expect(within(onQq)).toEqual([true, true, false, false])
    expect(within(ofA)).toEqual([true, false, true, false])
    expect(within(both)).toEqual([true, false, false, false])
    expect(within(none)).toEqual([false, false, false, false])
  })

  it('leaves of what is asked for what is in it, and is asked for itself where nothing is', () => {
    const asked = { platforms: ['discord', 'qq'], accountIds: ['a', 'b'], activeSince: 5 }
    expect(narrowed(asked, both)).toEqual({ platforms: ['qq'], accountIds: ['a'], activeSince: 5 })
    expect(narrowed({ types: ['group'] }, both)).toEqual({ ...both, types: ['group'] })
    expect(narrowed(asked, EVERYTHING)).toEqual(asked)
    expect(narrowed({ platforms: ['discord'] }, onQq).platforms).toEqual([])
    expect(narrowed(asked, none).platforms).toEqual([])
  })
})
