import { execFile } from 'node:child_process'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertWhole } from './connection.ts'
import { failureInUse } from './failures.ts'

/** What the copy holds. */
export interface CopiedDatabase {
  readonly streams: number
  /** In decimal digits. */
  readonly revision: string
  readonly directoryId: string
}

/** What copy-program.ts prints. */
export type CopyOutcome = { readonly copied: CopiedDatabase } | { readonly message: string; readonly errcode?: number }

/** Same folder, and the same language as this file: TypeScript in a checkout, JavaScript in the package. */
const PROGRAM = fileURLToPath(new URL(`./copy-program${extname(import.meta.url)}`, import.meta.url))

/**
 * Copies a database, which others may have open and write to, into a file that is not there yet, compacted, as of one moment.
 * Leaves a part of a copy behind where it throws.
 */
export async function copyDatabase(path: string, into: string, signal?: AbortSignal): Promise<CopiedDatabase> {
  assertWhole(path)
  const outcome = await outcomeOf([PROGRAM, resolve(path), resolve(into)], signal)
  if ('copied' in outcome) return outcome.copied
  throw failureInUse(path, Object.assign(new Error(outcome.message), { errcode: outcome.errcode }))
}

function outcomeOf(args: readonly string[], signal: AbortSignal | undefined): Promise<CopyOutcome> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<CopyOutcome>()
  const child = execFile(process.execPath, args, { killSignal: 'SIGKILL' }, (error, stdout) => {
    if (signal?.aborted) reject(signal.reason)
    else if (error) reject(error)
    else settle(JSON.parse(stdout))
  })
  const kill = () => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  return promise.finally(() => signal?.removeEventListener('abort', kill))
}
