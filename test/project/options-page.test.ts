import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { optionsPage } from '../../scripts/docs/options-page.ts'
import { serveSettings } from '../../src/config/config.ts'
import { GROUPS } from '../../src/config/groups.ts'
import { run } from '../cli/command.ts'

it('docs/options.md is what the settings in the code say; npm run docs writes it', () => {
  expect(readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8')).toBe(optionsPage())
})

it('chatapi serve --help says the same, in the same groups', async () => {
  const { stdout } = await run(['serve', '--help'])
  const help = stdout.replace(/\s+/g, ' ')
  const places = GROUPS.map((group) => stdout.indexOf(`\n${group}:\n`))
  expect(places).toEqual(places.filter((place) => place >= 0).sort((a, b) => a - b))
  for (const { flag, placeholder, help: meaning, fallback } of Object.values(serveSettings)) {
    const told = placeholder && fallback ? `${meaning} (default: ${fallback})` : meaning
    expect(help).toContain(`--${flag}${placeholder ? ` <${placeholder}>` : ''} ${told}`)
  }
})
