import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A file imports its own folder or one of a lower rank; folders of one rank do not know each other. */
const ranks: Readonly<Record<string, number>> = {
  domain: 0,
  client: 0,
  config: 1,
  'store/store.ts': 2,
  'store/sqlite': 3,
  'store/mongo': 3,
  directory: 3,
  auth: 3,
  wire: 4,
  rpc: 5,
  importers: 4,
  'store/open.ts': 5,
  transport: 5,
  'server.ts': 6,
  cli: 7,
  'launcher.ts': 7,
  'main.ts': 8,
  console: 4,
}

/** Who may know the wire. */
const mayImportGenerated = new Set(['client', 'wire', 'rpc', 'transport', 'console'])

/** The only readers of the environment: of the server's, of a caller's, and what passes it on whole. */
const mayReadEnvironment = new Set(['client', 'config', 'launcher.ts'])

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'))

function folderOf(file: string): string {
  const folder = Object.keys(ranks).find((name) => [name, `${name}.ts`].includes(file) || file.startsWith(`${name}/`))
  if (!folder) throw new Error(`src/${file} is in no folder that has a rank; see ARCHITECTURE.md`)
  return folder
}

function importsOf(file: string): string[] {
  const path = join(root, 'src', file)
  const source = readFileSync(path, 'utf8')
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1]!)
  return specifiers.map((specifier) =>
    relative(root, join(dirname(path), specifier))
      .split(sep)
      .join('/'),
  )
}

describe.each(files)('src/%s', (file) => {
  const folder = folderOf(file)

  it('imports its own folder or a lower rank only', () => {
    const wrong = importsOf(file)
      .filter((path) => path.startsWith('src/'))
      .map((path) => path.slice('src/'.length))
      .filter((path) => folderOf(path) !== folder && ranks[folderOf(path)]! >= ranks[folder]!)
    expect(wrong).toEqual([])
  })

  it('imports generated code only where the wire is known', () => {
    const generated = importsOf(file).filter((path) => path.startsWith('gen/'))
    expect(mayImportGenerated.has(folder) ? [] : generated).toEqual([])
  })

  it('leaves reading the environment to the configuration', () => {
    const reads = readFileSync(join(root, 'src', file), 'utf8').includes('process.env')
    expect(reads && !mayReadEnvironment.has(folder)).toBe(false)
  })
})
