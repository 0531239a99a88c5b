import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const translations = ['.', 'docs', 'docs/clients', 'clients/python'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.zh-CN.md'))
    .map((file) => join(folder, file)),
)

const FENCED = /^```.*?^```$/gms

/** What two pages of one content have in common, whatever their language. */
function skeletonOf(page: string) {
  const text = readFileSync(join(root, page), 'utf8')
  const prose = text.replaceAll(FENCED, '```')
  return {
    code: text.match(FENCED),
    // A table begins where a row follows what is none.
    tables: prose.split(/\n(?!\|)/).flatMap((part) => (part.includes('\n|') ? [tableOf(part)] : [])),
    order: Array.from(prose.matchAll(/^(#+) |^(```)|^(\|-)/gm), ([, ...marks]) => marks.find(Boolean)),
    links: Array.from(prose.matchAll(/\]\(([^)]+)\)/g), ([, target]) => target!.replace('.zh-CN', '')),
  }
}

/** The pieces of code in each cell, for words of two languages do not come in one order. */
function tableOf(part: string): string[][][] {
  const rows = part.split('\n').filter((line) => line.startsWith('|'))
  return rows.map((row) => row.split(/(?<!\\)\|/).map((cell) => (cell.match(/`[^`]+`/g) ?? []).sort()))
}

it('the pages that most authors of plugins read are there in Chinese', () =>
  expect(translations).toEqual(['README.zh-CN.md', 'docs/clients/python.zh-CN.md', 'clients/python/README.zh-CN.md']))

describe.each(translations)('%s', (page) => {
  const original = page.replace('.zh-CN', '')
  const [ours, theirs] = [skeletonOf(page), skeletonOf(original)]

  it('has the blocks of code of the original, to the byte', () => expect(ours.code).toEqual(theirs.code))

  it('has its tables, cell by cell', () => expect(ours.tables).toEqual(theirs.tables))

  it('has its headings, and between them what they have', () => expect(ours.order).toEqual(theirs.order))

  it('leads where it leads, and each to the other at its top', () => {
    expect(ours.links).toEqual(theirs.links)
    const second = (path: string) => readFileSync(join(root, path), 'utf8').split('\n')[2]
    const name = (path: string) => path.split('/').at(-1)
    expect(second(original)).toMatch(new RegExp(`^\\[简体中文\\]\\((.*/)?${name(page)}\\)$`))
    expect(second(page)).toMatch(new RegExp(`^\\[English\\]\\((.*/)?${name(original)}\\)$`))
  })
})
