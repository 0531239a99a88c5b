import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import { table } from '../../src/cli/table.ts'

it('puts columns below each other whatever the width of the characters, and escapes what moves the cursor', () => {
  const rows = [
    ['猫咖', 'group'],
    ['ＭＡＩ', 'private'],
    ['👨‍👩‍👧 é', 'group'],
    ['a\nb\x1b[2J', 'x'],
    ['', ''],
  ]
  const lines = table(['NAME', 'TYPE'], rows).split('\n')
  const starts = lines.slice(0, 5).map((line) => stringWidth(line.slice(0, line.lastIndexOf('  ') + 2)))
  expect(new Set(starts).size).toBe(1)
  expect(lines[4]).toMatch(/^a\\u000ab\\u001b\[2J {2}x$/)
  expect(lines.slice(5)).toEqual(['', ''])
})
