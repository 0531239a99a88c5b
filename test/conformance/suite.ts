import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installGoTool } from '../support/go-tool.ts'

const SUITE = 'connectrpc.com/conformance/cmd/connectconformance'
const VERSION = 'v1.0.7'
/** Ten times what a run takes: a call that is never answered must not hold it for ever. */
const TIMEOUT_MS = 300_000

/** What the suite puts to the test. Each has a file of what it promises and one of what it is known to fail. */
export const subjects = {
  grpc: { title: 'gRPC door', mode: 'server', command: ['server.ts', 'grpc'], flaky: [] },
  http: { title: 'HTTP door', mode: 'server', command: ['server.ts', 'http'], flaky: [] },
  client: {
    title: 'Transports of the Node client',
    mode: 'client',
    command: ['client.ts'],
    flaky: ['--known-flaky', `@${pathOf('client.known-flaky')}`],
  },
} as const

export type Subject = keyof typeof subjects

export interface Outcome {
  readonly passed: number
  /** Also those that pass though they are known to fail. */
  readonly failed: number
  /** Those that are known to fail, always or at times. */
  readonly knownFailing: number
  /** Those that the suite gave up, for nothing answered before. */
  readonly notRun: number
  /** Those that had no answer when the run was ended after its time. */
  readonly unanswered: readonly string[]
  readonly isConformant: boolean
  /** What the suite says of each case that failed, and its own summary. */
  readonly report: string
}

/** @param options further options of the suite's own, such as `--run PATTERN` and `--trace` */
export async function runSuite(subject: Subject, options: readonly string[] = []): Promise<Outcome> {
  const { mode, command, flaky } = subjects[subject]
  const [program, ...args] = command
  const files = ['--conf', pathOf(`${subject}.yaml`), '--known-failing', `@${pathOf(`${subject}.known-failing`)}`]
  // A server that takes 10 s to start has failed, and on a busy machine several at once do.
  const pace = ['--max-servers', '1']
  const suite = spawn(
    join(await installGoTool(SUITE, VERSION), 'connectconformance'),
    ['--mode', mode, ...files, ...flaky, ...pace, '--vv', ...options, '--', process.execPath, pathOf(program), ...args],
    // A group of its own: the servers that the suite starts end with it, however it ends.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const end = () => endGroup(suite.pid)
  process.once('exit', end)
  const timer = setTimeout(end, TIMEOUT_MS)
  try {
    const closed = once(suite, 'close') as Promise<[code: number | null]>
    const output = new Output()
    await Promise.all([output.read(suite.stdout), output.read(suite.stderr), closed])
    return output.outcome((await closed)[0])
  } finally {
    clearTimeout(timer)
    process.off('exit', end)
    end()
  }
}

export function summaryOf(subject: Subject, outcome: Outcome): string {
  const { passed, failed, knownFailing, notRun, unanswered } = outcome
  const parts = [`${passed} passed`, `${failed} failed`]
  if (knownFailing > 0) parts.push(`${knownFailing} failed as known`)
  if (notRun > 0) parts.push(`${notRun} not run`)
  if (unanswered.length > 0) parts.push(`ended after ${TIMEOUT_MS / 1000} s with ${unanswered.length} unanswered`)
  return `${subjects[subject].title}: ${parts.join(', ')}`
}

/** Takes apart what the suite prints: which calls it made, and what it found. */
class Output {
  readonly #unanswered = new Set<string>()
  readonly #lines: string[] = []

  async read(stream: NodeJS.ReadableStream): Promise<void> {
    for await (const line of createInterface({ input: stream })) {
      const [, step, name] = /^(Sending request|Received response) for "(.*)"\.\.\.$/.exec(line) ?? []
      if (name === undefined) this.#lines.push(line)
      else if (step === 'Sending request') this.#unanswered.add(name)
      else this.#unanswered.delete(name)
    }
  }

  outcome(exitCode: number | null): Outcome {
    const text = this.#lines.join('\n')
    const count = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)
    const passed = count(/^(\d+) passed, \d+ failed/m)
    const notRun = count(/^Another (\d+) could not be run/m)
    // The suite says which calls had no answer, unless it is ended before it says anything.
    const unanswered = exitCode === null ? [...this.#unanswered] : []
    return {
      passed,
      failed: count(/^\d+ passed, (\d+) failed/m),
      knownFailing: count(/^\(Another (\d+) failed as expected/m),
      notRun,
      unanswered,
      isConformant: exitCode === 0 && passed > 0 && notRun === 0,
      report: [text, ...unanswered.map((name) => `UNANSWERED: ${name}`)].join('\n'),
    }
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}
