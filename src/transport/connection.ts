import type { Socket } from 'node:net'
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
  /** What waits in the server for this client, in bytes; counted by `HeldBytes`. */
  heldBytes = 0
  /** What the client had taken when something waited for it last; undefined where nothing did. */
  takenBytes: number | undefined
  /** Over HTTP/2, where there may be many. */
  openCalls = 0
  /** Likewise, those of before included. */
  calls = 0
  /** Calls that are streams; counted by `HeldBytes`, too. */
  openStreams = 0
  isCutOff = false
  /** The subject alternative names of the client's certificate, where it has one that was verified. */
  readonly certificateNames: readonly string[]
  readonly #onCutOff: (why: string) => void

  constructor(
    socket: Socket,
    { held, largeAnswers }: SharedLimits,
    certificateNames: readonly string[],
    onCutOff: (why: string) => void,
  ) {
    this.socket = socket
    this.address = socket.remoteAddress ?? ''
    this.held = held
    this.largeAnswers = largeAnswers
    this.certificateNames = certificateNames
    this.#onCutOff = onCutOff
  }

  cutOff(why: string): void {
    this.isCutOff = true
    this.#onCutOff(why)
    this.socket.destroy()
  }
}
