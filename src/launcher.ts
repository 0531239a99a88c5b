import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'

/**
 * How V8 runs a server; these can only be given at the start of a process. `npm run bench -- --settings` has what each is
 * worth.
 *
 * By default V8 collects garbage whenever 64 MB of buffers have come and gone, which large answers do within a few dozen
 * calls; counted with the heap, they make for a collection when memory as a whole has grown. Pauses grow with the young
 * generation: at 4 MiB most take 1 to 2 ms, at the default of 16 MiB 7 to 9 ms, for a tenth more calls a second. A call
 * goes through many small functions, Node's and ours; with room to inline more of them, 5 to 8 % more calls fit a second.
 * By default the heap may double between two collections, and what a directory took while it was loaded stays; at 40 % a
 * million streams from MongoDB leave the process with a fifth to a third less.
 */
export const NODE_FLAGS: readonly string[] = [
  '--external-memory-accounted-in-global-limit',
  '--max-semi-space-size=4',
  '--heap-growing-percent=40',
  '--max-inlined-bytecode-size=1500',
  '--max-inlined-bytecode-size-cumulative=4000',
]

/** The Node that the settings were measured with. */
const MEASURED_NODE = '24.'

/**
 * Starts the process anew with the settings of a server, where it does not have them yet. Returns undefined where it has;
 * else it returns, if at all, with the exit code.
 */
export async function relaunch(): Promise<number | undefined> {
  if (NODE_FLAGS.every((flag) => process.execArgv.includes(flag)) || !takesSettings()) return undefined
  // What the operator says comes last, and wins.
  const args = [...NODE_FLAGS, ...process.execArgv, ...process.argv.slice(1)]
  // On Windows there is none.
  if (process.execve) process.execve(process.execPath, [process.execPath, ...args])
  return asChild(spawn(process.execPath, args, { stdio: 'inherit' }))
}

/** V8 promises none of its settings for long, and a Node that no longer has one does not start with it. */
function takesSettings(): boolean {
  if (process.versions.node.startsWith(MEASURED_NODE)) return true
  return spawnSync(process.execPath, [...NODE_FLAGS, '--eval', ''], { stdio: 'ignore' }).status === 0
}

/** Stands for a child: passes signals on to it, and ends as it does. */
async function asChild(child: ChildProcess): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return code ?? 128 + (signal ? constants.signals[signal] : 0)
}
