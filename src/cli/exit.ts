import { CommanderError } from 'commander'
import { ConfigError } from '../config/settings.ts'
import { maskUrlsIn } from '../config/store-url.ts'
import { printable } from './text.ts'

export const ExitCode = { done: 0, failed: 1, usage: 2, notFound: 3, ambiguous: 4, found: 5 } as const

/** Once a command is over nothing is left to do; should something keep the process alive all the same, it ends. */
const EXIT_GRACE_MS = 1_000

/** Ends the process with this code also where a connection that is still being made keeps it alive. */
export function endSoon(exitCode: number): void {
  setTimeout(() => process.exit(exitCode), EXIT_GRACE_MS).unref()
}

/** A command cannot do what it was told to. The message says why, in one line. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number
  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options)
    this.exitCode = options.exitCode ?? ExitCode.failed
  }
}

/** Failures whose message is meant for the person at the terminal. */
const EXPECTED = new Set([
  'CommandError',
  'ExportFileError',
  'RemoteError',
  'SourceError',
  'TlsFilesError',
  'TokensFileError',
  'StoreUnusableError',
  'StoreDamagedError',
  'StoreUnavailableError',
  'WatchUnsupportedError',
  'WorkerFailedError',
  'ChatApiError',
])

/** Tells why a command failed, in one line for each reason, and returns the exit code. */
export function reportFailure(error: unknown, help: string): number {
  if (error instanceof ConfigError) {
    for (const fault of error.faults) complain(fault)
    process.stderr.write(`Try ${help}\n`)
    return ExitCode.usage
  }
  complain(explain(error))
  return error instanceof CommandError ? error.exitCode : ExitCode.failed
}

/** For programs: why a command failed, as one object. */
export function formatFailure(error: unknown): string {
  return `${JSON.stringify({ error: maskUrlsIn(reasonOf(error)) })}\n`
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.join('; ')
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '')
  return explain(error)
}

export function complain(message: string): void {
  process.stderr.write(`chatapi: ${printable(maskUrlsIn(message), { mayHaveLines: true })}\n`)
}

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `unexpected failure: ${String(error)}`
  if (EXPECTED.has(error.name) || isOfSystem(error) || isOfSystem(error.cause))
    return error.message.replace(/\s+/g, ' ')
  return `unexpected failure: ${error.stack ?? error.message}`
}

/** Whether the operating system said no: a port in use, a file that may not be written. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
