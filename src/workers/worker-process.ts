import type { Worker } from 'node:cluster'
import type { Socket } from 'node:net'
import { type Readiness, STARTING } from '../directory/readiness.ts'
import type { ToSupervisor, ToWorker } from './messages.ts'

/** How a process ended: by an exit code, or by a signal. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** A worker, as the supervisor sees it. */
export class WorkerProcess {
  readonly id: number
  readonly pid: number | undefined
  /** Whether the server starts with it. One that replaces another serves once it can answer. */
  readonly isInitial: boolean
  readonly ended: Promise<Ending>
  /** Whether connections can be given to it. */
  isUp = false
  /** Since when it answers, as `performance.now` has it; undefined where it does not yet. */
  joinedAt: number | undefined
  readiness: Readiness = STARTING
  /** Why it cannot serve, in its own words. */
  failure: string | undefined
  readonly #worker: Worker

  constructor(worker: Worker, isInitial: boolean, hear: (from: WorkerProcess, message: ToSupervisor) => void) {
    this.#worker = worker
    this.id = worker.id
    this.pid = worker.process.pid
    this.isInitial = isInitial
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }))
    })
    worker.on('message', (message: ToSupervisor) => hear(this, message))
    // Where it cannot be started or reached, its end tells.
    worker.on('error', () => {})
  }

  /** Whether clients are to meet it. */
  get isInService(): boolean {
    return this.isUp && (this.isInitial || this.joinedAt !== undefined)
  }

  /** @param socket comes with the message, and stays open here, too */
  say(message: ToWorker, socket?: Socket): void {
    if (this.#worker.isConnected()) this.#worker.process.send(message, socket, { keepOpen: true }, () => {})
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }
}
