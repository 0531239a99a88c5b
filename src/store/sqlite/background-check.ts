import { type ChildProcess, execFile } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { damageMessage } from './failures.ts'
import { isOpenHere } from './file.ts'

/** What a check found to be wrong with the file. */
export interface Damage {
  /** In one line: that it is damaged, the first problem, and what to do. */
  readonly message: string
  /** The first problems, in SQLite's words. */
  readonly problems: readonly string[]
}

/** Who is told of a check. */
export interface CheckObserver {
  started(): void
  /** The last word; undefined where the file is whole. */
  ended(damage: Damage | undefined): void
  /** The last word where the check itself did not work. */
  failed(error: Error): void
}

/** Same folder, and the same language as this file: TypeScript in a checkout, JavaScript in the package. */
const PROGRAM = fileURLToPath(new URL(`./quick-check${extname(import.meta.url)}`, import.meta.url))

/** A few lines are expected: see quick-check.ts. */
const MAX_OUTPUT_BYTES = 65_536

/**
 * Whether somebody stopped without closing the database, or another process has it open still: whoever closes it last
 * removes the `-wal`. To be asked before it is opened.
 */
export function isLeftOpen(path: string): boolean {
  if (isOpenHere(path)) return false
  try {
    // SQLite puts the file beside the database itself, not beside a link to it. A reader leaves an empty one behind.
    return statSync(`${realpathSync(path)}-wal`).size > 0
  } catch {
    return false
  }
}

/**
 * Looks through a database that is open in this process, in a process of its own: it takes seconds, in which a thread could
 * not be stopped, and damage that crashes SQLite ends that process and no other.
 */
export class BackgroundCheck {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #isStopped = false

  constructor(path: string, observer: CheckObserver) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    this.#child = execFile(process.execPath, [PROGRAM, path], { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout) => {
      if (!this.#isStopped) tell(observer, path, error, stdout)
      resolve()
    })
    observer.started()
  }

  /** Returns once nothing of it has the database open. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

function tell(observer: CheckObserver, path: string, error: Error | null, stdout: string): void {
  if (error) {
    observer.failed(error)
    return
  }
  const problems = JSON.parse(stdout) as string[]
  const [first] = problems
  observer.ended(first === undefined ? undefined : { message: damageMessage(path, first), problems })
}
