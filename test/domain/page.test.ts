import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  formatOrderedPageToken,
  formatPageToken,
  parseOrderedPageToken,
  parsePageToken,
} from '../../src/domain/page.ts'

const place = { position: 42, streamId: 'stream ü' }
const token = formatPageToken(['group', 'qq'], place)
const faultOfToken = { field: 'page_token', description: expect.any(String) }

/** A token whose digest is right, whatever it says. */
function sealed(content: string): string {
  const digest = hash('sha1', JSON.stringify(content), 'base64url').slice(0, 8)
  return Buffer.from(digest + content).toString('base64url')
}

describe('a page token', () => {
  it('gives back its place for the same request', () => {
    expect(parsePageToken(['group', 'qq'], token)).toEqual(place)
  })

  it.each([[['group', 'QQ']], [['private', 'qq']], [['group', undefined]], [['group', null]], [['group']]])(
    'is refused as a mismatch for %j',
    (request) => {
      expect(() => parsePageToken(request, token)).toThrow(
        expect.objectContaining({ reason: 'PAGE_TOKEN_MISMATCH', violations: [faultOfToken] }),
      )
    },
  )

  it('stays well within what the contract takes, also for the longest stream ids', () => {
    const longest = formatPageToken(['group', 'p'.repeat(256)], {
      position: Number.MAX_SAFE_INTEGER,
      streamId: '\u0001'.repeat(255),
    })
    expect(longest.length).toBeLessThan(400)
  })

  it('gives back a stream id with the separator in it', () => {
    const dotted = { position: 1, streamId: 'a.b..c' }
    expect(parsePageToken(['x'], formatPageToken(['x'], dotted))).toEqual(dotted)
  })

  it('is refused when its place is none, though its digest is right', () => {
    expect(() => parsePageToken(['x'], formatPageToken(['x'], { position: Number.NaN, streamId: 'a' }))).toThrow(
      expect.objectContaining({ reason: 'PAGE_TOKEN_INVALID' }),
    )
  })

  it('gives back the key of its place in an order, be it a number or a text', () => {
    for (const key of [1_740_000_000.25, -0.1, '', 'mai.猫 "x"\n', '12']) {
      const ordered = { key, position: 7, streamId: 'a.b' }
      expect(parseOrderedPageToken(['q'], formatOrderedPageToken(['q'], ordered))).toEqual(ordered)
    }
  })

  it('stays within what the contract takes, also for the longest names to go on behind', () => {
    const ordered = { key: '\uffff'.repeat(64), position: Number.MAX_SAFE_INTEGER, streamId: '\u0001'.repeat(255) }
    expect(formatOrderedPageToken(['q'], ordered).length).toBeLessThan(800)
  })

  it('of another version of the service is refused, and says so', () => {
    const content = Buffer.from(token, 'base64url').toString().slice(8)
    expect(parsePageToken(['group', 'qq'], sealed(content))).toEqual(place)
    expect(() => parsePageToken(['group', 'qq'], sealed(content.replace(/^1/, '2')))).toThrow(
      expect.objectContaining({
        reason: 'PAGE_TOKEN_INVALID',
        message: expect.stringContaining('another version'),
        violations: [faultOfToken],
      }),
    )
  })

  it.each(['x', 'AAAA', 'null', '{}', `${token}A`, token.slice(0, -2), token.toUpperCase(), '💥', '%%%'])(
    'is refused as invalid when it is %j',
    (text) => {
      expect(() => parsePageToken(['group', 'qq'], text)).toThrow(
        expect.objectContaining({ reason: 'PAGE_TOKEN_INVALID' }),
      )
    },
  )
})
