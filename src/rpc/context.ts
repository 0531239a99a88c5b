import type { Logger } from 'pino'
import type { Answers } from '../directory/answers.ts'
import type { Commands } from '../directory/commands.ts'

/** What the handlers answer from. */
export interface RpcContext {
  readonly reader: Answers
  readonly commands: Commands
  readonly log: Logger
  /** The largest answer, in bytes. */
  readonly maxMessageBytes: number
}
