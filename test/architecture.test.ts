import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A file imports its own folder or one of a lower rank; folders of one rank do not know each other. */
const ranks: Readonly<Record<string, number>> = {
  domain: 0,
  log: 0,
  config: 1,
  access: 2,
  telemetry: 2,
  'store/store.ts': 2,
  'store/measured-store.ts': 3,
  'store/audited-store.ts': 3,
  'store/sqlite': 3,
  'store/mongo': 3,
  directory: 3,
  'export-file': 3,
  wire: 4,
  rpc: 5,
  importers: 4,
  followers: 5,
  backup: 5,
  workers: 4,
  remote: 5,
  'store/open.ts': 5,
  transport: 5,
  local: 6,
  'server.ts': 6,
  'supervisor.ts': 7,
  cli: 8,
  'launcher.ts': 8,
  'main.ts': 9,
  console: 4,
}

/** Who may know the wire. */
const mayImportGenerated = new Set(['wire', 'rpc', 'transport', 'remote', 'console'])

/** The only reader of the environment. */
const mayReadEnvironment = new Set(['config'])

const files = sourcesIn('src')

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(sep).join('/'))
}

function folderOf(file: string): string {
  const folder = Object.keys(ranks).find((name) => [name, `${name}.ts`].includes(file) || file.startsWith(`${name}/`))
  if (!folder) throw new Error(`src/${file} is in no folder that has a rank; see ARCHITECTURE.md`)
  return folder
}

function specifiersOf(path: string): string[] {
  const source = readFileSync(join(root, path), 'utf8')
  return [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)
}

/** The files of the project that a file imports, from the top of the project. */
function importsOf(path: string): string[] {
  return specifiersOf(path)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) =>
      relative(root, join(root, dirname(path), specifier))
        .split(sep)
        .join('/'),
    )
}

describe.each(files)('src/%s', (file) => {
  const folder = folderOf(file)

  it('imports its own folder or a lower rank only', () => {
    const wrong = importsOf(`src/${file}`)
      .filter((path) => path.startsWith('src/'))
      .map((path) => path.slice('src/'.length))
      .filter((path) => folderOf(path) !== folder && ranks[folderOf(path)]! >= ranks[folder]!)
    expect(wrong).toEqual([])
  })

  it('imports generated code only where the wire is known', () => {
    const generated = importsOf(`src/${file}`).filter((path) => path.startsWith('gen/'))
    expect(mayImportGenerated.has(folder) ? [] : generated).toEqual([])
  })

  it('leaves reading the environment to the configuration', () => {
    const reads = readFileSync(join(root, 'src', file), 'utf8').includes('process.env')
    expect(reads && !mayReadEnvironment.has(folder)).toBe(false)
  })
})

describe('clients/typescript', () => {
  const folder = 'clients/typescript'
  const sources = sourcesIn(`${folder}/src`).map((file) => `${folder}/src/${file}`)

  it.each(sources)('%s imports nothing of the server', (path) => {
    const own = [`${folder}/src/`, `${folder}/gen/`]
    expect(importsOf(path).filter((imported) => !own.some((prefix) => imported.startsWith(prefix)))).toEqual([])
  })

  it('names every package that it imports as its dependency, and no other', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const imported = sources
      .flatMap(specifiersOf)
      .filter((specifier) => !/^(\.|node:)/.test(specifier))
      .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)![0])
      .filter((name) => name !== 'chatapi-client') // in an example
    expect([...new Set(imported)].sort()).toEqual(Object.keys(dependencies).sort())
  })

  it('takes the same versions as the server, whose package holds it too', () => {
    const dependenciesOf = (path: string): Record<string, string> =>
      JSON.parse(readFileSync(join(root, path), 'utf8')).dependencies
    expect(dependenciesOf('package.json')).toMatchObject(dependenciesOf(`${folder}/package.json`))
  })

  it('reads the environment of Node in one place', () => {
    const readers = sources.filter((path) => readFileSync(join(root, path), 'utf8').includes('process.env'))
    expect(readers).toEqual([`${folder}/src/node.ts`])
  })
})
