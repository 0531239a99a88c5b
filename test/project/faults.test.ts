import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/operating.md'), 'utf8')
const [, table] = page.split('| fault | what happens | how it ends | shown by |\n|---|---|---|---|\n')
const rows = table!.split('\n\n')[0]!.trim().split('\n')

it.each(rows)('docs/operating.md says of each fault what happens, and a test that shows it: %s', (row) => {
  const [, fault, happens, ends, shownBy] = row.split('|').map((cell) => cell.trim())
  expect([fault, happens, ends]).not.toContain('')
  const tests = Array.from(shownBy!.matchAll(/`([^`]+)`/g), ([, path]) => path!)
  expect(tests).not.toEqual([])
  expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
