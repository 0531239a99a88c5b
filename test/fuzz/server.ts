import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Door } from './attack.ts'
import { LogWatch } from './log-watch.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const READY = { grpc: /^gRPC listening on .*:(\d+)$/, http: /^HTTP listening on .*:(\d+)$/ }

/** A drain waits ten seconds at most by default. */
const STOP_TIMEOUT_MS = 30_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A server under attack: a process of its own over an empty store of its own, started as a user starts it. */
export interface Target {
  readonly ports: Readonly<Record<Door, number>>
  readonly log: LogWatch
  /** Resolves when the process ends, whatever the reason. */
  readonly ended: Promise<Ended>
  isRunning(): boolean
  /** Undefined where the system does not tell. */
  residentBytes(): number | undefined
  openFiles(): number | undefined
  /** Asks it to stop, and resolves with how it ended; kills it when it takes too long. */
  stop(): Promise<Ended>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startTarget(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'chatapi-fuzz-'))
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHATAPI_'))
  const listen = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0']
  const child = spawn(
    process.execPath,
    ['src/main.ts', 'serve', '--store', `sqlite:${join(folder, 'chatapi.db')}`, ...listen, '--log-format', 'json'],
    { cwd: root, env: Object.fromEntries(inherited), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const log = new LogWatch()
  createInterface(child.stderr).on('line', (line) => log.add(line))
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    rmSync(folder, { recursive: true, force: true })
    return { code, signal }
  })
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const target = {
    log,
    ended,
    isRunning,
    residentBytes: () => {
      const status = ofProcess(() => readFileSync(`/proc/${child.pid}/status`, 'utf8'))
      const kib = /VmRSS:\s+(\d+) kB/.exec(status ?? '')?.[1]
      return kib === undefined ? undefined : Number(kib) * 1_024
    },
    openFiles: () => ofProcess(() => readdirSync(`/proc/${child.pid}/fd`).length),
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      const outcome = await ended
      clearTimeout(timer)
      return outcome
    },
    async [Symbol.asyncDispose]() {
      if (isRunning()) child.kill('SIGKILL')
      await ended
    },
  }
  const ports: Partial<Record<Door, number>> = {}
  for await (const line of createInterface(child.stdout)) {
    for (const door of ['grpc', 'http'] as const) {
      const port = READY[door].exec(line)?.[1]
      if (port) ports[door] = Number(port)
    }
    const { grpc, http } = ports
    if (grpc !== undefined && http !== undefined) {
      // Whatever else it says is not waited for, and must not fill the pipe.
      child.stdout.resume()
      return { ...target, ports: { grpc, http } }
    }
  }
  const { code, signal } = await ended
  throw new Error(`the server ended with ${code ?? signal} before it listened:\n${log.tail()}`)
}

/** What /proc tells; undefined where there is none, or the process has ended. */
function ofProcess<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
