import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { installGoTool } from '../support/go-tool.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Workflow {
  readonly permissions: unknown
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, '.github/workflows')
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const ACTIONLINT_VERSION = 'v1.7.12'

it('the workflows satisfy actionlint', { timeout: 300_000 }, async () => {
  const actionlint = join(
    await installGoTool('github.com/rhysd/actionlint/cmd/actionlint', ACTIONLINT_VERSION),
    'actionlint',
  )
  // Of shell and Python it would only say more where their linters happen to be installed.
  const { stdout } = await promisify(execFile)(actionlint, ['-shellcheck=', '-pyflakes='], { cwd: root })
  expect(stdout).toBe('')
})

describe.each(await readdir(folder))('%s', async (file) => {
  const text = await readFile(join(folder, file), 'utf8')
  const { permissions, jobs } = parse(text) as Workflow
  const steps = Object.values(jobs).flatMap((job) => job.steps)

  it('takes every action by its commit, which nobody can move', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? [])
    expect(actions.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([])
  })

  it('may read unless a job says more, and leaves no credentials in a checkout', () => {
    expect(permissions).toEqual({ contents: 'read' })
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([])
  })

  it('knows no secret', () => expect(text).not.toContain('secrets.'))

  it('runs scripts that package.json has', () => {
    const names = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name!)
    expect(names.filter((name) => !(name in scripts))).toEqual([])
  })
})
