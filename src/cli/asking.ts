import type { AskConfig } from '../config/asking.ts'
import { maskUrl, parseStoreUrl } from '../config/store-url.ts'
import { type Answering, connectTo, unreachable } from '../remote/connect.ts'
import { RemoteError } from '../remote/remote-error.ts'
import { CommandError, ExitCode, endSoon } from './exit.ts'
import { createLog } from './log.ts'
import { onStopSignal } from './signals.ts'
import { assertThere } from './snapshot.ts'

/** What a command works with that asks a server, or a store in its place. */
export interface Asked<Options = unknown> {
  readonly directory: Answering
  /** The URL of the store that is opened; undefined where a server is asked. */
  readonly store: string | undefined
  /** The address of the server. */
  readonly address: string
  readonly args: readonly string[]
  readonly options: Options
  /** Whether answers are for programs. */
  readonly json: boolean
  /** Aborted when the command is told to stop. */
  readonly signal: AbortSignal
}

/** Does what a command is there for; returns the exit code. */
export type Asking<Options> = (asked: Asked<Options>) => Promise<number>

interface AskOptions<Options> extends Pick<Asked<Options>, 'args' | 'options'> {
  readonly config: AskConfig
  /** Whether a store that is opened may be given what it lacks. */
  readonly writes: boolean
  /** Whether the command is there for what cannot be asked as well. */
  readonly diagnoses: boolean
}

/** Runs a command against the server or the store that it is to ask. */
export async function ask<Options>(
  asking: Asking<Options>,
  { config, args, options, writes, diagnoses }: AskOptions<Options>,
): Promise<number> {
  const stopping = new AbortController()
  using _signals = onStopSignal((signal) => stopping.abort(new CommandError(`ended by ${signal}`)))
  const { signal } = stopping
  await using opened = new AsyncDisposableStack()
  let exitCode: number = ExitCode.failed
  opened.defer(() => {
    if (signal.aborted) endSoon(exitCode)
  })
  const directory = await directoryOf(config, writes, signal).then(
    (found) => opened.use(found),
    (error: unknown) => {
      if (!diagnoses || signal.aborted) throw error
      return unreachable(config.store === undefined ? config.address : maskUrl(config.store), error)
    },
  )
  try {
    exitCode = await asking({
      directory,
      store: config.store,
      address: config.address,
      args,
      options,
      json: config.json,
      signal,
    })
    return exitCode
  } catch (error) {
    throw named(error)
  }
}

async function directoryOf(
  { store, address, token }: AskConfig,
  writes: boolean,
  signal: AbortSignal,
): Promise<Answering & (Disposable | AsyncDisposable)> {
  if (store === undefined) return connectTo(address, token)
  const location = parseStoreUrl(store)
  if (location.engine === 'sqlite') assertThere(location.path)
  const { openLocally } = await import('../local/open.ts')
  const log = createLog({ logLevel: 'warn', logFormat: 'auto' })
  return openLocally(store, { log, readOnly: !writes, signal })
}

/** With the exit code that says what kind of failure it is. */
function named(error: unknown): unknown {
  const isMissing =
    error instanceof RemoteError && (error.reason === 'STREAM_NOT_FOUND' || error.reason === 'STREAM_DELETED')
  return isMissing ? new CommandError(error.message, { cause: error, exitCode: ExitCode.notFound }) : error
}
