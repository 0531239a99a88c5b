import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'

// A command starts in a fifth of a second, and in many times that on a machine that runs all tests at once.
vi.setConfig({ testTimeout: 60_000 })

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A `chatapi` command under way; killed at the end of the test if it still runs. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Outcome>
  /** Waits until stdout or stderr holds it. Throws when the command ends before. */
  says(text: string | RegExp): Promise<string>
}

/** Starts a command as a user does, but with only those variables of `CHATAPI_` that are given. */
export function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = root,
  script = `${root}/bin/chatapi.js`,
  input?: string,
): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHATAPI_'))
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin?.end(input)
  const output = { stdout: '', stderr: '' }
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const ended = once(child, 'close').then(([code]): Outcome => ({ code, ...output }))
  return {
    child,
    ended,
    async says(text) {
      const all = () => output.stdout + output.stderr
      const isSaid = () => (typeof text === 'string' ? all().includes(text) : text.test(all()))
      while (!isSaid()) {
        const more = Promise.race([once(child.stdout!, 'data'), once(child.stderr!, 'data'), ended])
        await more
        const code = child.exitCode ?? child.signalCode
        if (code !== null && !isSaid()) throw new Error(`ended with ${code} and never said ${text}:\n${all()}`)
      }
      return all()
    },
  }
}

export function run(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<Outcome> {
  return start(args, environment, cwd).ended
}

/** The same with something on standard input. */
export function runWithInput(input: string, args: readonly string[]): Promise<Outcome> {
  return start(args, {}, root, `${root}/bin/chatapi.js`, input).ended
}

/** A MongoDB that takes connections and says nothing; `called` resolves at the first. */
export async function silentDatabase(): Promise<{ url: string; called: Promise<unknown> }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
  }).listen(0, '127.0.0.1')
  const called = once(server, 'connection')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}`, called }
}
