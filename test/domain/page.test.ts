import { describe, expect, it } from 'vitest'
import { formatPageToken, parsePageToken } from '../../src/domain/page.ts'

const place = { position: 42, streamId: 'stream ü' }
const token = formatPageToken(['group', 'qq'], place)

describe('a page token', () => {
  it('gives back its place for the same request', () => {
    expect(parsePageToken(['group', 'qq'], token)).toEqual(place)
  })

  it.each([[['group', 'QQ']], [['private', 'qq']], [['group', undefined]], [['group', null]], [['group']]])(
    'is refused as a mismatch for %j',
    (request) => {
      expect(() => parsePageToken(request, token)).toThrow(expect.objectContaining({ reason: 'PAGE_TOKEN_MISMATCH' }))
    },
  )

  it.each(['x', 'AAAA', 'null', '{}', `${token}A`, token.slice(0, -2), token.toUpperCase(), '💥', '%%%'])(
    'is refused as invalid when it is %j',
    (text) => {
      expect(() => parsePageToken(['group', 'qq'], text)).toThrow(
        expect.objectContaining({ reason: 'PAGE_TOKEN_INVALID' }),
      )
    },
  )
})
