/**
 * A program of its own: one of several processes that serve together. Its supervisor (supervisor.ts) starts it, tells it what
 * to serve, hands it connections, and ends it.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { startServer } from '../server.ts'
import { SupervisorLink } from '../workers/supervisor-link.ts'
import { ExitCode, explain } from './exit.ts'
import { onUnhandledError } from './faults.ts'
import { createLog } from './log.ts'
import { nameReadOnlyFolder } from './read-only-folder.ts'

// Terminals and service managers send these to every process; what follows from them, the supervisor decides.
process.on('SIGINT', () => {}).on('SIGTERM', () => {})

const link = new SupervisorLink(process)
const { config, checksStore } = await link.assignment
const log = createLog(config).child({ worker: cluster.worker?.id })
process.exit(await serve())

async function serve(): Promise<number> {
  const fault = Promise.withResolvers<'fault'>()
  using _faults = onUnhandledError((error) => {
    log.fatal({ err: error }, 'an error was handled nowhere; the worker drains and ends')
    fault.resolve('fault')
  })
  const { ending: signal } = link
  try {
    const server = await startServer(config, log, { link, checksStore, signal })
    link.say({ kind: 'up' })
    const told = signal.aborted ? undefined : once(signal, 'abort')
    const why = await Promise.race([told, fault.promise, server.failed])
    if (why === 'fault') link.say({ kind: 'leaving' })
    await server.drain()
    return why === 'fault' ? ExitCode.failed : ExitCode.done
  } catch (error) {
    if (error === signal.reason) return ExitCode.done
    await link.say({ kind: 'failed', message: explain(nameReadOnlyFolder(config.store, error)) })
    return ExitCode.failed
  }
}
