import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
/** The rows of the tables of what stands against a threat. */
const rows = page
  .split('| against it | shown by |\n|---|---|\n')
  .slice(1)
  .flatMap((rest) => rest.split('\n\n')[0]!.trim().split('\n'))

it.each(rows)('docs/security.md names a test that is there: %s', (row) => {
  const [, , shownBy] = row.split('|')
  const tests = Array.from(shownBy!.matchAll(/`([^`]+)`/g), ([, path]) => path!)
  expect(tests).not.toEqual([])
  expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

it('docs/security.md says what stands against threats of many kinds', () => expect(rows.length).toBeGreaterThan(20))
