import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'

/**
 * How V8 runs a server. These can only be given at the start of a process. `bench/` has what each is worth.
 *
 * By default V8 collects garbage whenever 64 MB of buffers have come and gone, which large answers do within a few dozen
 * calls; counted with the heap, they make for a collection when memory as a whole has grown. A young generation of 2 MiB
 * is collected ten times as often as the default one in a tenth of the time: the calls a second stay, and none waits long.
 */
const NODE_FLAGS = ['--external-memory-accounted-in-global-limit', '--max-semi-space-size=2']

/** glibc keeps what threads freed, in an arena for each. With few arenas what a flood of answers took is given back. */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' }

/**
 * Starts the process anew with the settings of a server, where it does not have them yet. Returns undefined where it has;
 * else it returns, if at all, with the exit code.
 */
export async function relaunch(): Promise<number | undefined> {
  if (NODE_FLAGS.every((flag) => process.execArgv.includes(flag))) return undefined
  // What the operator says comes last, and wins.
  const args = [...NODE_FLAGS, ...process.execArgv, ...process.argv.slice(1)]
  const environment = { ...ALLOCATOR, ...process.env }
  // On Windows there is none.
  if (process.execve) process.execve(process.execPath, [process.execPath, ...args], environment)
  return asChild(spawn(process.execPath, args, { env: environment, stdio: 'inherit' }))
}

/** Stands for a child: passes signals on to it, and ends as it does. */
async function asChild(child: ChildProcess): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return code ?? 128 + (signal ? constants.signals[signal] : 0)
}
