import { describe, expect, it } from 'vitest'
import { duplicatesAmong, ledTo } from '../../src/domain/duplicates.ts'
import { asFormerChat } from '../../src/domain/identity.ts'
import { DEFAULT_PLATFORM_ALIASES } from '../../src/domain/platform.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { groupStream } from '../support/streams.ts'

const target = { kind: 'group', id: '7' } as const

function among(...streams: Stream[]): [string, number[]][] {
  const chats = streams.flatMap((stream, index) => ledTo(index, stream, target))
  return duplicatesAmong(chats, DEFAULT_PLATFORM_ALIASES).map(({ reason, streams }) => [reason, [...streams]])
}

const stream = (overrides: Partial<Stream> = {}) => groupStream('7', overrides)

describe('duplicates', () => {
  it('are none of one stream, or of one id on several platforms', () => {
    expect(among(stream())).toEqual([])
    expect(among(stream(), stream({ platform: 'telegram' }))).toEqual([])
  })

  it('differ in the account, else in the scope, else in nothing but their ids', () => {
    expect(among(stream(), stream({ accountId: '1' }))).toEqual([['other-account', [0, 1]]])
    expect(among(stream(), stream({ accountId: '1', scope: 's' }))).toEqual([['other-account', [0, 1]]])
    expect(among(stream(), stream({ scope: 's' }))).toEqual([['other-scope', [0, 1]]])
    expect(among(stream(), stream({ streamId: 'made up' }))).toEqual([['same-chat', [0, 1]]])
  })

  it('differ in the case of the platform, or in what it is called', () => {
    expect(among(stream(), stream({ platform: 'QQ' }))).toEqual([['platform-case', [0, 1]]])
    expect(among(stream(), stream({ platform: 'onebot' }))).toEqual([['platform-alias', [0, 1]]])
    expect(among(stream(), stream({ platform: 'OneBot' }))).toEqual([['platform-alias', [0, 1]]])
    expect(among(stream(), stream({ accountId: '1' }), stream({ platform: 'QQ' }))).toEqual([
      ['platform-case', [0, 1, 2]],
      ['other-account', [0, 1]],
    ])
  })

  it('are what a merge made of them: all that was merged counts', () => {
    const both = stream({ accountId: '1', mergedChats: [asFormerChat(stream())] })
    expect(among(both)).toEqual([])
    expect(among(both, stream({ accountId: '2' }))).toEqual([['other-account', [0, 1]]])
    expect(among(both, stream({ streamId: 'again' }))).toEqual([['same-chat', [0, 1]]])
    const renumbered = groupStream('8', { platform: 'telegram', mergedChats: [asFormerChat(stream())] })
    expect(among(renumbered, stream({ accountId: '1' }))).toEqual([['other-account', [0, 1]]])
    expect(among(renumbered, stream({ platform: 'telegram' }))).toEqual([])
  })
})
