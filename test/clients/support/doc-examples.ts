import { readFileSync } from 'node:fs'

export interface DocExample {
  /** A file name. */
  readonly name: string
  readonly code: string
  /** What the page says that it prints: the block of text that follows. */
  readonly output: string | undefined
  readonly isForBrowsers: boolean
}

/** The blocks of TypeScript on a page of the documentation. */
export function docExamples(page: URL): DocExample[] {
  const blocks = blocksOf(page)
  return blocks.flatMap(({ kind, content }, index) => {
    if (!kind.startsWith('ts')) return []
    const next = blocks[index + 1]
    const output = next?.kind === 'text' ? next.content : undefined
    return [{ name: `example-${index}.ts`, code: content, output, isForBrowsers: kind === 'ts browser' }]
  })
}

/** The blocks of one kind on a page of the documentation. */
export function docBlocks(page: URL, kind: string): string[] {
  return blocksOf(page)
    .filter((block) => block.kind === kind)
    .map(({ content }) => content)
}

function blocksOf(page: URL) {
  const text = readFileSync(page, 'utf8')
  return [...text.matchAll(/^```(?<kind>.*)\n(?<content>[\s\S]*?)^```$/gm)].map((match) => ({
    kind: match[1]!,
    content: match[2]!,
  }))
}
