import { setFlagsFromString } from 'node:v8'
import type { Logger } from 'pino'
import { formatListenAddress } from '../config/listen-address.ts'
import { type Config, showConfig } from '../config.ts'
import { startServer } from '../server.ts'
import { ExitCode, endSoon } from './exit.ts'
import { createLog } from './log.ts'
import { onStopSignal } from './signals.ts'

/**
 * By default V8 collects garbage whenever 64 MB of buffers have come and gone, which large answers do within a few dozen
 * calls, each time tracing the whole heap: a third of what a list of 10,000 streams costs. Counted with the heap, buffers make
 * for a collection only when memory as a whole has grown.
 */
const GARBAGE_COLLECTION = '--external-memory-accounted-in-global-limit'

/** Serves until it is told to stop. */
export async function serve(config: Config): Promise<number> {
  setFlagsFromString(GARBAGE_COLLECTION)
  const log = createLog(config)
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  const starting = new AbortController()
  using _signals = onStopSignal((signal) => {
    stopped.resolve(signal)
    starting.abort()
  })

  const server = await startServer(config, log, starting.signal).catch((error: unknown) => {
    if (error === starting.signal.reason) return undefined
    throw error
  })
  if (!server) return end(log)
  log.info(showConfig(config), 'serving')
  if (server.grpcAddress) announce(`gRPC listening on ${formatListenAddress(server.grpcAddress)}`)
  if (server.httpAddress) announce(`HTTP listening on http://${formatListenAddress(server.httpAddress)}`)

  const signal = await stopped.promise
  log.info({ signal }, 'draining; a second signal ends at once')
  await server.drain()
  return end(log)
}

function end(log: Logger): number {
  log.info('stopped')
  endSoon(ExitCode.done)
  return ExitCode.done
}

function announce(line: string): void {
  process.stdout.write(`${line}\n`)
}
