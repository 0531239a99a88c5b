import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DEFAULT_PLATFORM_ALIASES } from '../../src/domain/platform.ts'
import { chat, platformsOf, type Row } from '../../src/domain/spellings/reading.ts'
import { readingsOf, SPELLINGS, spelledChat } from '../../src/domain/spellings/table.ts'

const page = readFileSync(new URL('../../docs/resolving.md', import.meta.url), 'utf8')

/** A row of the table as the documentation has it. */
function documented({ forms, meaning, examples }: Row): string {
  const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(', ')
  return `| ${code(forms)} | ${meaning} | ${code(Object.keys(examples))} |`
}

describe('a spelling', () => {
  const examples = SPELLINGS.flatMap((row) =>
    Object.entries(row.examples).map(([text, readings]) => ({ row, text, readings, form: row.forms[0] })),
  )

  it.each(examples)('$form: reads $text', ({ row, text, readings }) => {
    expect(row.read(text, DEFAULT_PLATFORM_ALIASES)).toEqual(readings)
  })

  it.each(SPELLINGS)('$forms.0: stands in docs/resolving.md as it is', (row) => {
    expect(page).toContain(documented(row))
  })

  it('is tried in every way that fits', () => {
    const readings = readingsOf('qq:group:7', DEFAULT_PLATFORM_ALIASES).map(({ reading }) => reading)
    const ofQq = { platforms: ['qq'] }
    expect(readings).toEqual([
      { by: 'id', streamId: 'qq:group:7' },
      chat('group', '7', ofQq),
      { by: 'displayName', among: { platform: 'qq', target: { kind: 'group', id: '7' } } },
      { by: 'name', name: 'qq:group:7' },
      chat('group', 'group:7', ofQq),
    ])
  })

  it.each([
    '',
    ':',
    'group:',
    ':group:1',
    'group_',
    '{',
    '{}',
    '[1]',
    '{"id":1,"private":true}',
    '{"scene":{"id":"1"}}',
  ])('of no form, such as %j, is tried as an id and a name alone', (text) => {
    const readings = readingsOf(text, DEFAULT_PLATFORM_ALIASES).map(({ reading }) => reading.by)
    expect(readings.filter((by) => by !== 'id' && by !== 'name')).toEqual([])
  })

  it('does not split a session at more places than any has', () => {
    const readings = readingsOf(`x:GroupMessage:${'_1'.repeat(17)}`, DEFAULT_PLATFORM_ALIASES)
    expect(readings.some(({ reading }) => reading.by === 'splits')).toBe(false)
  })

  it.each([
    ['onebot', ['qq', 'onebot']],
    ['qq', ['qq']],
    ['telegram', ['telegram']],
    ['constructor', ['constructor']],
  ])('names the platform %s, which may be called %j', (name, platforms) => {
    expect(platformsOf(name, DEFAULT_PLATFORM_ALIASES)).toEqual(platforms)
  })

  it.each([
    ['qq:group:7', { target: { kind: 'group', id: '7' }, platforms: ['qq'] }],
    ['group:7', { target: { kind: 'group', id: '7' } }],
    ['default:FriendMessage:7', { target: { kind: 'private', id: '7' } }],
    ['onebot:7', { target: { kind: 'group', id: '7' }, platforms: ['qq', 'onebot'] }],
    ['person_7', { target: { kind: 'private', id: '7' } }],
    ['7', undefined],
    ['default:GroupMessage:1_7', undefined],
    ['default:OtherMessage:7', undefined],
    ['测试', undefined],
  ])('%s spells one chat, or says too little: %j', (text, expected) => {
    expect(spelledChat(text, DEFAULT_PLATFORM_ALIASES)).toEqual(expected)
  })
})
