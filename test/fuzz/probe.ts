import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { DOORS, type Door } from './attack.ts'

/** How long lookups waited, in milliseconds. */
export interface ProbeFigures {
  readonly door: Door
  readonly lookups: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
}

export type ProbeMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'fault'; readonly fault: string }
  | { readonly kind: 'figures'; readonly figures: ProbeFigures }

/** Callers beside the attack, one on each port. */
export interface Probe {
  /** The first lookup that went wrong. */
  fault(): string | undefined
  stop(): Promise<readonly ProbeFigures[]>
}

export async function startProbe(ports: Readonly<Record<Door, number>>): Promise<Probe> {
  let fault: string | undefined
  const workers = DOORS.map((door) => {
    const worker = new Worker(new URL('./probe-worker.ts', import.meta.url), {
      workerData: { door, port: ports[door] },
    })
    const started = Promise.withResolvers<void>()
    const figures = Promise.withResolvers<ProbeFigures>()
    worker.on('message', (message: ProbeMessage) => {
      if (message.kind === 'fault') fault ??= message.fault
      if (message.kind === 'figures') figures.resolve(message.figures)
      started.resolve()
    })
    worker.once('error', figures.reject)
    return { worker, started: started.promise, figures: figures.promise, exited: once(worker, 'exit') }
  })
  await Promise.all(workers.map(({ started, figures }) => Promise.race([started, figures])))
  return {
    fault: () => fault,
    async stop() {
      for (const { worker } of workers) worker.postMessage('stop')
      const figures = await Promise.all(workers.map(({ figures }) => figures))
      await Promise.all(workers.map(({ exited }) => exited))
      return figures
    },
  }
}
