import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** Runs a command at the top of the project; fails with what it printed. */
async function succeed(command: string, ...args: string[]): Promise<void> {
  await run(command, args, { cwd: root }).catch((error) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`)
  })
}

async function contentsOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return new Map(files.map((file, index) => [file.slice(folder.length), contents[index] as string]))
}

describe('the contract', () => {
  it('follows the rules of its field', () => succeed('buf', 'lint'))

  it('is formatted', () => succeed('buf', 'format', '--diff', '--exit-code', 'proto'))

  it('breaks no client of the release before', () =>
    succeed('buf', 'breaking', 'proto', '--against', 'test/contract/released.binpb', '--exclude-imports'))
})

describe('the generated code', () => {
  it.each([
    ['TypeScript', 'buf.gen.yaml', 'gen/ts'],
    ['TypeScript of the conformance suite', 'buf.gen.conformance.yaml', 'test/conformance/gen'],
    ['the TypeScript client', 'buf.gen.typescript.yaml', 'clients/typescript/gen'],
    ['Python', 'buf.gen.python.yaml', 'gen/python'],
    ['Go', 'buf.gen.go.yaml', 'gen/go'],
  ])('for %s is what the contract gives', { timeout: 300_000 }, async (language, template, folder) => {
    const output = await mkdtemp(join(tmpdir(), 'chatapi-generated-'))
    onTestFinished(() => rm(output, { recursive: true }))
    if (language === 'Python') await succeed('clients/python/scripts/tools.sh')
    await succeed('buf', 'generate', '--template', template, '--output', output)
    expect(await contentsOf(join(output, folder))).toEqual(await contentsOf(join(root, folder)))
  })
})
