import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { goMissing } from './support/go-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

const PACKAGES = ['./clients/go/...', './gen/go/...', './bench/...', './test/clients/...']
const STATICCHECK = 'honnef.co/go/tools/cmd/staticcheck@v0.8.2'
/** What a server logs while a test fails may be long; its end tells most. */
const MAX_FAILURE_CHARACTERS = 4_000
/** Compiling for the race detector takes most of it, once. */
const TIMEOUT_MS = 900_000

/** Runs a command at the top of the project, fails with what it printed, and returns what it printed. */
function succeed(command: string, ...args: string[]): Promise<string> {
  return succeedWith({}, command, ...args)
}

async function succeedWith(environment: Record<string, string>, command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, ...environment }
  const { stdout } = await run(command, args, { cwd: root, env }).catch((error) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`)
  })
  return stdout
}

interface TestEvent {
  readonly Action:
    | 'pass'
    | 'fail'
    | 'skip'
    | 'output'
    | 'run'
    | 'start'
    | 'pause'
    | 'cont'
    | 'build-output'
    | 'build-fail'
  readonly Package?: string
  readonly Test?: string
  readonly Output?: string
}

interface Outcome {
  readonly passed: number
  readonly skipped: string[]
  /** What the tests and packages that failed printed. */
  readonly failures: string
}

async function goTest(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn('go', ['test', '-json', '-count=1', ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const output = new Map<string, string>()
  const outcome = { passed: 0, skipped: [] as string[], failures: '' }
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as TestEvent
    const name = `${event.Package ?? 'build'} ${event.Test ?? ''}`
    if (event.Output !== undefined) output.set(name, (output.get(name) ?? '') + event.Output)
    if (event.Action === 'build-output') outcome.failures += event.Output
    if (event.Action === 'fail')
      outcome.failures += `${name}\n${(output.get(name) ?? '').slice(-MAX_FAILURE_CHARACTERS)}`
    if (event.Test === undefined) continue
    if (event.Action === 'pass') outcome.passed++
    if (event.Action === 'skip') outcome.skipped.push(name)
  }
  const [code] = await exited
  if (code !== 0 && outcome.failures === '') outcome.failures = `go test ended with ${code}`
  return outcome
}

function expectPassed(title: string, { passed, skipped, failures }: Outcome): void {
  console.log(`${title}: ${passed} Go tests passed, ${skipped.length} skipped`)
  if (failures !== '') expect.fail(failures)
  expect(skipped).toEqual([])
  expect(passed).toBeGreaterThan(0)
}

describe.skipIf(await goMissing())('the Go client', { timeout: TIMEOUT_MS }, () => {
  it('is formatted', async () => {
    expect(await succeed('gofmt', '-l', 'clients/go', 'gen/go', 'bench', 'test/clients')).toBe('')
  })

  it('needs what go.mod says, and nothing else', () => succeed('go', 'mod', 'tidy', '-diff'))

  it('passes vet', () => succeed('go', 'vet', ...PACKAGES))

  it('compiles with the oldest Go that go.mod allows, tests included', async () => {
    const oldest = /^go (\S+)$/m.exec(readFileSync(join(root, 'go.mod'), 'utf8'))![1]
    await succeedWith({ GOTOOLCHAIN: `go${oldest}` }, 'go', 'vet', ...PACKAGES)
  })

  it('passes staticcheck', () => succeed('go', 'run', STATICCHECK, ...PACKAGES))

  it('depends on no part of the server', async () => {
    const dependencies = await succeed('go', 'list', '-deps', './clients/go')
    const ours = dependencies.split('\n').filter((name) => name.startsWith('github.com/chatapi/'))
    expect(ours).toEqual([
      'github.com/chatapi/chatapi/gen/go/chatapi/v1',
      'github.com/chatapi/chatapi/gen/go/chatapi/v1/chatapiv1connect',
      'github.com/chatapi/chatapi/clients/go',
    ])
  })

  it('passes its tests over SQLite, without a race', async () => {
    expectPassed('over SQLite', await goTest(['-race', ...PACKAGES]))
  })

  describe.skipIf(mongodMissing())('with MongoDB', () => {
    let mongo: MongoServers
    beforeAll(async () => {
      mongo = await startReplicaSet()
    }, 60_000)
    afterAll(() => mongo.stop())

    it('passes its tests', async () => {
      const packages = ['./clients/go', './clients/go/examples']
      expectPassed('over MongoDB', await goTest(packages, { CHATAPI_TEST_STORE: mongo.url('DATABASE') }))
    })
  })
})
