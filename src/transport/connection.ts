import type { Socket } from 'node:net'
import type { Congestion } from './congestion.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { LargeAnswers } from './large-answers.ts'
import type { SharedLimits } from './shared-limits.ts'

/** One client's connection, and what the server keeps for it. */
export class Connection {
  readonly socket: Socket
  /** The address of the client, without its port. */
  readonly address: string
  readonly held: HeldBytes
  readonly largeAnswers: LargeAnswers
  readonly congestion: Congestion
  /** What waits in the server for this client, in bytes; counted by `HeldBytes`. */
  heldBytes = 0
  /** What the client had taken when something waited for it last; undefined where nothing did. */
  takenBytes: number | undefined
  /** Over HTTP/2, where there may be many. */
  openCalls = 0
  /** Likewise, those of before included. */
  calls = 0
  /** How many of them came in a turn of the event loop, and in which; counted by `Congestion`. */
  callsInTurn = 0
  turn = -1
  /** How many the client may have open at a time, streams left out, where it has been told. */
  callLimit = Number.POSITIVE_INFINITY
  /** Tells the client so. Returns whether it can be told now; over HTTP/1.1 it never can. */
  limitCalls: (calls: number) => boolean = cannotLimit
  /** Calls that are streams; counted by `HeldBytes`, too. */
  openStreams = 0
  isCutOff = false
  /** Whether it has been open for as long as one may be: it ends once its calls have. */
  isRetired = false
  /** The subject alternative names of the client's certificate, where it has one that was verified. */
  readonly certificateNames: readonly string[]
  readonly #onCutOff: (why: string) => void

  constructor(
    socket: Socket,
    { held, largeAnswers, congestion }: SharedLimits,
    certificateNames: readonly string[],
    onCutOff: (why: string) => void,
  ) {
    this.socket = socket
    this.address = socket.remoteAddress ?? ''
    this.held = held
    this.largeAnswers = largeAnswers
    this.congestion = congestion
    this.certificateNames = certificateNames
    this.#onCutOff = onCutOff
  }

  cutOff(why: string): void {
    this.isCutOff = true
    this.#onCutOff(why)
    this.socket.destroy()
  }
}

function cannotLimit(): boolean {
  return false
}
