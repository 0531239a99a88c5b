import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
/** Go fetches the module from where its path says, so that is where the project is. */
const repository = `https://${/^module (\S+)$/m.exec(read('go.mod'))![1]}`

describe.each(['package.json', 'clients/typescript/package.json', 'clients/python/pyproject.toml'])('%s', (path) => {
  const urls = read(path).match(/https:\/\/[^"]+/g) ?? []

  it('names the one place of the project and no other', () => {
    expect(urls.length).toBeGreaterThan(2)
    for (const url of urls) expect(url.startsWith(repository), url).toBe(true)
  })

  it('leads to pages that are there', () => {
    const pages = urls.flatMap((url) => url.split('/blob/main/')[1] ?? [])
    expect(pages.filter((page) => !existsSync(join(root, page)))).toEqual([])
  })
})

it.each(['clients/python', 'clients/typescript'])('%s brings the license', (folder) => {
  expect(read(`${folder}/LICENSE`)).toBe(read('LICENSE'))
})
