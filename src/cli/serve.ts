import type { Logger } from 'pino'
import { formatListenAddress } from '../config/listen-address.ts'
import { type Config, showConfig } from '../config.ts'
import { startServer } from '../server.ts'
import { ExitCode, endSoon } from './exit.ts'
import { createLog } from './log.ts'
import { onStopSignal } from './signals.ts'

/** Serves until it is told to stop. */
export async function serve(config: Config): Promise<number> {
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
