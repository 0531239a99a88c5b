import { formatListenAddress } from '../config/listen-address.ts'
import { type Config, showConfig } from '../config.ts'
import { startServer } from '../server.ts'
import { ExitCode } from './exit.ts'
import { createLog } from './log.ts'
import { onStopSignal } from './signals.ts'

/** After the server has stopped nothing is left to do; should something keep the process alive all the same, it ends. */
const EXIT_GRACE_MS = 1_000

/** Serves until it is told to stop. */
export async function serve(config: Config): Promise<number> {
  const log = createLog(config)
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  using _signals = onStopSignal(stopped.resolve)

  const server = await startServer(config, log)
  log.info(showConfig(config), 'serving')
  if (server.grpcAddress) announce(`gRPC listening on ${formatListenAddress(server.grpcAddress)}`)
  if (server.httpAddress) announce(`HTTP listening on http://${formatListenAddress(server.httpAddress)}`)

  const signal = await stopped.promise
  log.info({ signal }, 'draining; a second signal ends at once')
  await server.drain()
  log.info('stopped')
  setTimeout(() => process.exit(ExitCode.done), EXIT_GRACE_MS).unref()
  return ExitCode.done
}

function announce(line: string): void {
  process.stdout.write(`${line}\n`)
}
