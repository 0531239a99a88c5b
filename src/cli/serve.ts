import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { type Config, showConfig } from '../config/config.ts'
import { formatListenAddress } from '../config/listen-address.ts'
import type { Server } from '../server.ts'
import { ExitCode, endSoon } from './exit.ts'
import { onUnhandledError } from './faults.ts'
import { createLog } from './log.ts'
import { nameReadOnlyFolder } from './read-only-folder.ts'
import { onStopSignal } from './signals.ts'

/** Same folder, and the same language as this file: TypeScript in a checkout, JavaScript in the package. */
const WORKER_PROGRAM = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))

/** Serves until it is told to stop. */
export async function serve(config: Config): Promise<number> {
  const log = createLog(config)
  const stopped = Promise.withResolvers<NodeJS.Signals | 'fault'>()
  const starting = new AbortController()
  using _signals = onStopSignal((signal) => {
    stopped.resolve(signal)
    starting.abort()
  })
  // The last line: nothing that reaches it can be trusted to leave the process whole, so it takes no more calls.
  using _faults = onUnhandledError((error) => {
    log.fatal({ err: error }, 'an error was handled nowhere; the server drains and ends')
    stopped.resolve('fault')
  })

  const server = await start(config, log, starting.signal).catch((error: unknown) => {
    if (error === starting.signal.reason) return undefined
    throw nameReadOnlyFolder(config.store, error)
  })
  if (!server) return end(log, ExitCode.done)
  log.info(showConfig(config), 'serving')
  if (server.grpcAddress) announce(`gRPC listening on ${formatListenAddress(server.grpcAddress)}`)
  const scheme = config.tlsCert === undefined ? 'http' : 'https'
  if (server.httpAddress) announce(`HTTP listening on ${scheme}://${formatListenAddress(server.httpAddress)}`)

  const why = await Promise.race([stopped.promise, server.failed]).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  log.info(why === 'fault' ? {} : { signal: why }, 'draining; a second signal ends at once')
  await server.drain()
  return end(log, why === 'fault' ? ExitCode.failed : ExitCode.done)
}

/** Nothing stands between the clients and a server of one process. */
async function start(config: Config, log: Logger, signal: AbortSignal): Promise<Server> {
  if (config.workers === 1) return (await import('../server.ts')).startServer(config, log, { signal })
  return (await import('../supervisor.ts')).startSupervisor(config, log, WORKER_PROGRAM, signal)
}

function end(log: Logger, exitCode: number): number {
  log.info('stopped')
  endSoon(exitCode)
  return exitCode
}

function announce(line: string): void {
  process.stdout.write(`${line}\n`)
}
