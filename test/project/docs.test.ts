import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => `docs/${file.replaceAll('\\', '/')}`)
const top = readdirSync(root).filter((file) => file.endsWith('.md'))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** What a page links to in this project, from its top. */
function linksOf(page: string): { target: string; anchor: string | undefined }[] {
  return Array.from(read(page).matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path, anchor] = link.split('#')
      return { target: path === '' ? page : join(dirname(page), path!).replaceAll('\\', '/'), anchor }
    })
}

/** The anchor that readers of Markdown make of a heading. */
function anchorsOf(page: string): string[] {
  return Array.from(read(page).matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe.each([...pages, ...top])('%s', (page) => {
  it('links to what is there', () => {
    const broken = linksOf(page).filter(
      ({ target, anchor }) =>
        !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor)),
    )
    expect(broken).toEqual([])
  })
})

it('docs/README.md leads to every page, and README.md to it', () => {
  const linked = linksOf('docs/README.md').map(({ target }) => target)
  expect([...pages, ...top].filter((page) => page !== 'docs/README.md' && !linked.includes(page))).toEqual([])
  expect(linksOf('README.md').map(({ target }) => target)).toContain('docs/README.md')
})
