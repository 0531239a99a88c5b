import { describe, expect, it } from 'vitest'
import { querySettings, readAskConfig, watchSettings } from '../../src/config/asking.ts'
import { parseLabels, parseSince } from '../../src/config/stream-kinds.ts'

const NOW_MS = Date.parse('2025-01-31T08:00:00Z')

function faultsOf(flags: Parameters<typeof readAskConfig>[1]): readonly string[] {
  try {
    readAskConfig(querySettings, flags, {})
    return []
  } catch (error) {
    return (error as { faults: readonly string[] }).faults
  }
}

describe('commands that ask', () => {
  it('ask a server on this machine unless told otherwise', () => {
    const { asking, options } = readAskConfig(querySettings, {}, {})
    expect(asking).toMatchObject({ address: '127.0.0.1:50051', store: undefined, token: undefined, json: false })
    expect(options).toEqual({ order: { by: 'position', isDescending: false }, limit: 100, all: false })
  })

  it('take of the environment whom they ask and how they print, and nothing of what they do', () => {
    const environment = { CHATAPI_ADDRESS: 'h:1', CHATAPI_TOKEN: 't', CHATAPI_STORE: 'sqlite:x', CHATAPI_LIMIT: '7' }
    const { asking, options } = readAskConfig(querySettings, {}, environment)
    expect(asking).toMatchObject({ address: 'h:1', token: 't', store: undefined })
    expect(options.limit).toBe(100)
  })

  it('take each value as it stands, with commas and also where it is empty', () => {
    const flags = { platform: ['a,b', 'c', 'c'], account: [''], label: ['a=b,c'], name: ['none'], id: ['x'] }
    expect(readAskConfig(querySettings, flags, {}).options).toMatchObject({
      platforms: ['a,b', 'c'],
      accountIds: [''],
      labels: { a: 'b,c' },
      nameContains: 'none',
      streamIds: ['x'],
    })
  })

  it('report all faults together', () => {
    const flags = {
      type: ['chat'],
      order: ['up'],
      limit: ['0'],
      label: ['x'],
      name: ['a', 'b'],
      'active-since': ['soon'],
    }
    expect(faultsOf(flags).map((fault) => fault.split(':')[0])).toEqual([
      '--type',
      '--name',
      '--label',
      '--active-since',
      '--order',
      '--limit',
    ])
  })

  it('watch without a token to begin with', () => {
    expect(readAskConfig(watchSettings, {}, {}).options).toEqual({ snapshot: false })
  })
})

describe('a time', () => {
  it.each([
    ['2025-01-31T08:00:00Z', 0],
    ['2025-01-31T16:00:00+08:00', 0],
    ['2025-01-31T08:00:00.250Z', 0.25],
    ['2025-01-31', -28_800],
    ['30s', -30],
    ['90m', -5_400],
    ['12h', -43_200],
    ['7d', -604_800],
    ['2w', -1_209_600],
  ])('is read from %s', (text, seconds) => {
    expect(parseSince(text, NOW_MS) - NOW_MS / 1_000).toBeCloseTo(seconds, 6)
  })

  it.each(['', 'soon', '7', '2025-13-01', '2025-01-31T08:00:00', '2025-01-31T08:00:00 Z', '-1d'])(
    'is not %j',
    (text) => {
      expect(() => parseSince(text, NOW_MS)).toThrow('is no time; expected one such as')
    },
  )
})

it('labels are read up to the first =, each key once', () => {
  expect(parseLabels(['a=b=c', 'd='])).toEqual({ a: 'b=c', d: '' })
  expect(Object.keys(parseLabels(['__proto__=x']))).toEqual(['__proto__'])
  expect(() => parseLabels(['=x'])).toThrow('"=x" is no label; expected KEY=VALUE')
  expect(() => parseLabels(['a=1', 'a=2'])).toThrow('given more than once')
})
