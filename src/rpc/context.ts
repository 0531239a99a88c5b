import type { Logger } from 'pino'
import type { Answers } from '../directory/answers.ts'
import type { Commands } from '../directory/commands.ts'
import type { Gate } from './gate.ts'

/** What a caller may see and change of the streams. */
export interface Directory {
  readonly reader: Answers
  readonly commands: Commands
}

/** What the handlers answer from. */
export interface RpcContext {
  /** Where a handler gets its directory from, for each call anew. */
  readonly gate: Gate
  readonly log: Logger
  /** The largest answer, in bytes. */
  readonly maxMessageBytes: number
  /** Called where the store does not serve a write. */
  readonly onStoreUnavailable?: () => void
}
