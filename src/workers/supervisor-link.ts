import type { Socket } from 'node:net'
import type { Config } from '../config/config.ts'
import type { Door } from '../config/listen-address.ts'
import { type Readiness, STARTING } from '../directory/readiness.ts'
import type { MetricValues } from '../telemetry/pooled-metrics.ts'
import type { ToSupervisor, ToWorker } from './messages.ts'
import { type OwnView, PeerViews } from './peer-views.ts'

/** The channel to the supervisor, as Node gives one to a process that was forked. */
export interface Channel {
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown
  send?(message: object, handle: undefined, options: undefined, sent: (error: Error | null) => void): boolean
}

export interface Assignment {
  readonly config: Config
  readonly checksStore: boolean
}

/** A worker's end of the line to its supervisor. */
export class SupervisorLink {
  readonly #channel: Channel
  readonly #started = Promise.withResolvers<Assignment>()
  readonly #ending = new AbortController()
  readonly #doors = new Map<Door, (socket: Socket) => void>()
  readonly #metricsAsked = new Map<number, (text: string) => void>()
  #peers: PeerViews | undefined
  #readiness = STARTING
  #lastId = 0
  #onReadiness: (readiness: Readiness) => void = () => {}
  #onShed = () => {}
  #measure: () => Promise<MetricValues> = async () => []

  constructor(channel: Channel) {
    this.#channel = channel
    channel.on('message', (message, handle) => this.#hear(message as ToWorker, handle as Socket | undefined))
  }

  /** What this worker is to do. */
  get assignment(): Promise<Assignment> {
    return this.#started.promise
  }

  /** Aborted when the worker is to end. */
  get ending(): AbortSignal {
    return this.#ending.signal
  }

  /** What the server as a whole is ready for, as last heard. */
  get readiness(): Readiness {
    return this.#readiness
  }

  /** Serves the connections that come to a door. */
  serve(door: Door, take: (socket: Socket) => void): void {
    this.#doors.set(door, take)
  }

  /** Takes part in what all workers show. */
  pool(view: OwnView, look: () => void): PeerViews {
    this.#peers = new PeerViews(view, (message) => this.say(message), look)
    return this.#peers
  }

  /** Has others count on this worker, which has no view: what it answers is never behind. */
  joinWithoutView(): void {
    this.pool({ revision: 0n, changedAt: 0n, async waitFor() {} }, () => {}).join()
  }

  /** Answers when the metrics of this process are asked for. */
  measureBy(measure: () => Promise<MetricValues>): void {
    this.#measure = measure
  }

  /** Calls back with what the server as a whole is ready for, whenever that changes. */
  onReadiness(tell: (readiness: Readiness) => void): void {
    this.#onReadiness = tell
  }

  onShed(shed: () => void): void {
    this.#onShed = shed
  }

  /** The metrics of all processes together. */
  metrics(): Promise<string> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#metricsAsked.set(id, resolve)
      this.say({ kind: 'metrics', id })
    })
  }

  /** Resolves once the message has left. One that cannot be sent is lost with the supervisor, and this process ends too. */
  say(message: ToSupervisor): Promise<void> {
    return new Promise((resolve) => {
      this.#channel.send?.(message, undefined, undefined, () => resolve())
    })
  }

  #hear(message: ToWorker, socket: Socket | undefined): void {
    switch (message.kind) {
      case 'start':
        this.#started.resolve(message)
        break
      case 'connection':
        this.#take(message.id, message.door, socket)
        break
      case 'joined':
        this.#peers?.joined(message.least)
        break
      case 'hold':
        this.#peers?.hold(message.revision)
        break
      case 'fence':
        this.#peers?.fence(message.revision)
        break
      case 'settled':
        this.#peers?.settled(message.revision)
        break
      case 'readiness':
        this.#readiness = message.readiness
        this.#onReadiness(message.readiness)
        break
      case 'shed':
        this.#onShed()
        break
      case 'measure':
        this.#measure().then((values) => this.say({ kind: 'measured', id: message.id, values }))
        break
      case 'metrics':
        this.#metricsAsked.get(message.id)?.(message.text)
        this.#metricsAsked.delete(message.id)
        break
      case 'drain':
        this.#ending.abort()
        break
    }
  }

  #take(id: number, door: Door, socket: Socket | undefined): void {
    this.say({ kind: 'taken', id })
    const take = this.#doors.get(door)
    // It may have been closed by its client on the way.
    if (!socket || !take) {
      socket?.destroy()
      this.say({ kind: 'closed', id })
      return
    }
    socket.once('close', () => this.say({ kind: 'closed', id }))
    take(socket)
  }
}
