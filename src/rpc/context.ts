import type { Logger } from 'pino'
import type { Commands } from '../directory/commands.ts'
import type { Reader } from '../directory/reader.ts'

/** What the handlers answer from. */
export interface RpcContext {
  readonly reader: Reader
  readonly commands: Commands
  readonly log: Logger
  /** The largest answer, in bytes. */
  readonly maxMessageBytes: number
}
