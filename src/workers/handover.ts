import type { Socket } from 'node:net'
import type { Door } from '../config/listen-address.ts'
import { Countdown } from './countdown.ts'
import { Rotation } from './rotation.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A connection that the supervisor accepted, on its way to a worker. */
export interface Accepted {
  readonly id: number
  readonly door: Door
  readonly socket: Socket
  /** Of the client, without its port. */
  readonly address: string
}

export interface HandoverOptions {
  /** How many connections there may be, of all workers together. */
  readonly limits: { admit(address: string): boolean; leave(address: string): void }
  /** The workers that may be given one, now. */
  readonly candidates: () => readonly WorkerProcess[]
  /** How long a worker may take to take one. */
  readonly lagMs: number
  /** Called when it has taken longer. */
  readonly onLate: (worker: WorkerProcess) => void
}

interface Given {
  readonly connection: Accepted
  readonly patience: Countdown
}

/**
 * Hands each connection to a worker. Until the worker has taken it the supervisor keeps it as well: should the worker end
 * before, another one gets it, for nothing was read yet.
 */
export class Handover {
  readonly #options: HandoverOptions
  readonly #rotation = new Rotation()
  /** For whom there is no worker yet. They count as connections, so there are no more than those may be. */
  #waiting: Accepted[] = []
  /** Given, and not taken yet, by worker. */
  readonly #given = new Map<number, Map<number, Given>>()
  /** The addresses of the clients that a worker serves, by worker. */
  readonly #served = new Map<number, Map<number, string>>()
  #lastId = 0
  #isClosed = false

  constructor(options: HandoverOptions) {
    this.#options = options
  }

  accept(door: Door, socket: Socket): void {
    socket.on('error', () => {})
    const address = socket.remoteAddress
    if (address === undefined || !this.#options.limits.admit(address)) {
      socket.destroy()
      return
    }
    this.#give({ id: ++this.#lastId, door, socket, address })
  }

  /** A worker serves the connection. */
  taken(worker: WorkerProcess, id: number): void {
    const given = this.#given.get(worker.id)?.get(id)
    if (!given) return
    this.#given.get(worker.id)?.delete(id)
    given.patience.stop()
    given.connection.socket.destroy()
    ofWorker(this.#served, worker).set(id, given.connection.address)
  }

  closed(worker: WorkerProcess, id: number): void {
    const served = this.#served.get(worker.id)
    const address = served?.get(id)
    if (address === undefined) return
    served?.delete(id)
    this.#options.limits.leave(address)
  }

  /** There are more workers that connections can be given to. */
  retry(): void {
    for (const connection of this.#waiting.splice(0)) this.#give(connection)
  }

  /** The worker is gone, and with it what it served. */
  leave(worker: WorkerProcess): void {
    for (const address of this.#served.get(worker.id)?.values() ?? []) this.#options.limits.leave(address)
    this.#served.delete(worker.id)
    const given = [...(this.#given.get(worker.id)?.values() ?? [])]
    this.#given.delete(worker.id)
    for (const { connection, patience } of given) {
      patience.stop()
      this.#give(connection)
    }
  }

  /** Closes what no worker has taken. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#waiting.splice(0)) this.#drop(connection)
  }

  #give(connection: Accepted): void {
    if (this.#isClosed) {
      this.#drop(connection)
      return
    }
    const candidates = this.#options.candidates()
    const worker = this.#rotation.next(candidates, ({ id }) => this.#given.get(id)?.size ?? 0)
    if (!worker) {
      this.#waiting.push(connection)
      return
    }
    const patience = new Countdown(this.#options.lagMs, () => this.#options.onLate(worker))
    ofWorker(this.#given, worker).set(connection.id, { connection, patience })
    worker.say({ kind: 'connection', id: connection.id, door: connection.door }, connection.socket)
  }

  #drop({ socket, address }: Accepted): void {
    socket.destroy()
    this.#options.limits.leave(address)
  }
}

function ofWorker<T>(all: Map<number, Map<number, T>>, { id }: WorkerProcess): Map<number, T> {
  const known = all.get(id) ?? new Map<number, T>()
  all.set(id, known)
  return known
}
