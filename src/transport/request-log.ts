import type { Code } from '@connectrpc/connect'
import { codeToString } from '@connectrpc/connect/protocol-connect'
import type { Logger } from 'pino'
import type { Exchange, Receiver } from './exchange.ts'
import type { Protocol } from './protocols/protocol.ts'
import type { Route } from './route.ts'

/** Longest part of a path that is shown. */
const SHOWN_PATH_LENGTH = 200

/** A call, as far as its line in the log goes. */
interface Logged {
  readonly exchange: Exchange
  readonly protocol: Protocol
  readonly route: Route
}

/** What is counted of a call while it lasts. */
interface Tally {
  readonly begunAt: number
  requestBytes: number
  answerBytes: number
}

/** Leaves a line at `debug` for each request. Where the log is for less there is none of these, and nothing is counted. */
export class RequestLog {
  readonly #log: Logger
  readonly #tallies = new WeakMap<Exchange, Tally>()

  /** Undefined where nobody would read it. */
  static of(log: Logger): RequestLog | undefined {
    return log.isLevelEnabled('debug') ? new RequestLog(log) : undefined
  }

  private constructor(log: Logger) {
    this.#log = log
  }

  begin(exchange: Exchange): void {
    this.#tallies.set(exchange, newTally())
  }

  /** Counts from now on what the receiver of the exchange is given. */
  countRequest(exchange: Exchange): void {
    const tally = this.#tallies.get(exchange)
    if (tally) exchange.receiver = new CountingReceiver(exchange.receiver, tally)
  }

  addRequest(exchange: Exchange, bytes: number): void {
    const tally = this.#tallies.get(exchange)
    if (tally) tally.requestBytes += bytes
  }

  addAnswer(exchange: Exchange, bytes: number): void {
    const tally = this.#tallies.get(exchange)
    if (tally) tally.answerBytes += bytes
  }

  /** @param code undefined for a call that succeeded */
  end({ exchange, protocol, route }: Logged, code: Code | undefined): void {
    const tally = this.#tallies.get(exchange) ?? newTally()
    const fields = {
      method: route.name,
      code: code === undefined ? 'ok' : codeToString(code),
      ms: Math.round((performance.now() - tally.begunAt) * 100) / 100,
      request_bytes: tally.requestBytes,
      answer_bytes: tally.answerBytes,
      peer: exchange.connection.address,
      protocol: protocol.name,
      request_id: exchange.requestId,
    }
    this.#log.debug(fields, 'call')
  }

  /** A request that is no call. */
  other({ method, target, connection, requestId }: Exchange, status: number): void {
    const path = target.split('?', 1)[0]!.slice(0, SHOWN_PATH_LENGTH)
    this.#log.debug({ method, path, status, peer: connection.address, request_id: requestId }, 'request')
  }
}

function newTally(): Tally {
  return { begunAt: performance.now(), requestBytes: 0, answerBytes: 0 }
}

class CountingReceiver implements Receiver {
  readonly #receiver: Receiver
  readonly #tally: Tally

  constructor(receiver: Receiver, tally: Tally) {
    this.#receiver = receiver
    this.#tally = tally
  }

  data(chunk: Uint8Array): void {
    this.#tally.requestBytes += chunk.byteLength
    this.#receiver.data(chunk)
  }

  end(): void {
    this.#receiver.end()
  }

  closed(): void {
    this.#receiver.closed()
  }

  patienceMs(requestTimeoutMs: number): number {
    return this.#receiver.patienceMs(requestTimeoutMs)
  }

  late(timeoutMs: number): void {
    this.#receiver.late(timeoutMs)
  }
}
