import type { Logger } from 'pino'
import { RationedLog } from '../log/rationed-log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { Congestion } from './congestion.ts'
import { HeldBytes } from './held-bytes.ts'
import { LargeAnswers } from './large-answers.ts'

const DEFAULT_MAX_CONNECTIONS = 10_000
const DEFAULT_MAX_CONNECTIONS_PER_ADDRESS = 1_000
const DEFAULT_MAX_HELD_BYTES = 256 * 1024 * 1024

export interface LimitOptions {
  /** Default: 10,000. */
  readonly maxConnections?: number
  /** From one address. Default: 1,000. */
  readonly maxConnectionsPerAddress?: number
  /** Told of connections that are refused. Default: nobody is. */
  readonly metrics?: Pick<Metrics, 'refused'>
  /** What all clients together may leave waiting in the server. Default: 256 MiB. */
  readonly maxUnreadBytes?: number
}

/** What the doors of a server may take together. */
export class SharedLimits {
  readonly held: HeldBytes
  /** Told of what anyone who reaches a port can cause. */
  readonly strangers: RationedLog
  readonly largeAnswers = new LargeAnswers()
  readonly congestion = new Congestion()
  readonly #maxConnections: number
  readonly #metrics: Pick<Metrics, 'refused'> | undefined
  readonly #maxPerAddress: number
  readonly #perAddress = new Map<string, number>()
  #connections = 0

  constructor(log: Logger, options: LimitOptions = {}) {
    this.strangers = new RationedLog(log, 'warn')
    this.held = new HeldBytes(options.maxUnreadBytes ?? DEFAULT_MAX_HELD_BYTES)
    this.#metrics = options.metrics
    this.#maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS
    this.#maxPerAddress = options.maxConnectionsPerAddress ?? DEFAULT_MAX_CONNECTIONS_PER_ADDRESS
  }

  /** Whether one more connection from the address may come; it then counts until `leave`. */
  admit(address: string): boolean {
    const ofAddress = this.#perAddress.get(address) ?? 0
    if (this.#connections >= this.#maxConnections || ofAddress >= this.#maxPerAddress) {
      this.#metrics?.refused('CONNECTION_LIMIT')
      const limit = ofAddress >= this.#maxPerAddress ? 'of its address' : 'in all'
      this.strangers.tell(
        { address, connections: this.#connections },
        `a connection over the limit ${limit} is refused`,
      )
      return false
    }
    this.#connections += 1
    this.#perAddress.set(address, ofAddress + 1)
    return true
  }

  leave(address: string): void {
    this.#connections -= 1
    const rest = this.#perAddress.get(address)! - 1
    if (rest > 0) this.#perAddress.set(address, rest)
    else this.#perAddress.delete(address)
  }
}
