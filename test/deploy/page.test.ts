import { readFile } from 'node:fs/promises'
import { it } from 'vitest'
import { expectKnownSettings } from './settings.ts'

it('docs/deploying.md names only settings that the server has', async () => {
  expectKnownSettings(await readFile(new URL('../../docs/deploying.md', import.meta.url), 'utf8'))
})
