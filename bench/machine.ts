import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Servers have one core, the load has the other, so that neither takes from what is measured of the other. */
export const SERVER_CORE = '0'
export const LOAD_CORE = '1'
/** The unit of times in /proc. */
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']))

/** A server under measurement, a process of its own. */
export interface Subject extends AsyncDisposable {
  readonly name: string
  readonly address: string
  readonly pid: number
  /** CPU seconds used up to now, by user and system, with what it started. */
  cpuSeconds(): number
  /** The same of each process that it started, in the order of their starts. */
  childCpuSeconds(): number[]
  /** Memory held now, in bytes. */
  residentBytes(): number
}

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Ends a process with the benchmark, also when that is ended by a signal. */
export function takeAlong(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => children.delete(child))
}

export type Environment = Readonly<Record<string, string>>

/** Starts a server whose first line of output ends in its port, on the core of servers. */
export async function startSubject(
  name: string,
  command: readonly string[],
  environment: Environment = {},
): Promise<Subject> {
  const child = spawn('taskset', ['-c', SERVER_CORE, ...command], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  takeAlong(child)
  const port = await firstPort(child, name)
  const childIds = () => readProc(child.pid!, `task/${child.pid}/children`).split(' ').filter(Boolean).map(Number)
  return {
    name,
    address: `127.0.0.1:${port}`,
    pid: child.pid!,
    cpuSeconds: () => [child.pid!, ...childIds()].map(cpuSecondsOf).reduce((sum, seconds) => sum + seconds),
    childCpuSeconds: () => childIds().map(cpuSecondsOf),
    residentBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(readProc(child.pid!, 'status'))![1]) * 1_024,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
}

function readProc(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8')
}

function cpuSecondsOf(pid: number): number {
  // Behind the command in parentheses, which may hold spaces, user and system time are the 12th and 13th.
  const fields = readProc(pid, 'stat').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** The same, of a program for this Node. */
export function startNode(name: string, args: readonly string[], environment?: Environment): Promise<Subject> {
  return startSubject(name, [process.execPath, ...args], environment)
}

async function firstPort(child: ChildProcess, name: string): Promise<string> {
  for await (const line of createInterface(child.stdout!)) {
    const port = /(\d+)$/.exec(line)?.[1]
    if (port) return port
  }
  throw new Error(`${name} ended before it listened`)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
