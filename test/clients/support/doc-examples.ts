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
  const text = readFileSync(page, 'utf8')
  const blocks = [...text.matchAll(/^```(?<kind>.*)\n(?<content>[\s\S]*?)^```$/gm)].map((match) => ({
    kind: match[1]!,
    content: match[2]!,
  }))
  return blocks.flatMap(({ kind, content }, index) => {
    if (!kind.startsWith('ts')) return []
    const next = blocks[index + 1]
    const output = next?.kind === 'text' ? next.content : undefined
    return [{ name: `example-${index}.ts`, code: content, output, isForBrowsers: kind === 'ts browser' }]
  })
}
