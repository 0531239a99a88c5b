import type { Logger } from 'pino'
import type { Answers } from '../directory/answers.ts'
import type { Commands } from '../directory/commands.ts'
import type { Exports } from '../directory/exports.ts'
import type { WatchRequest } from '../directory/watch/watches.ts'
import type { Caller } from '../domain/patience.ts'
import type { PlatformAliases } from '../domain/platform.ts'
import type { Revision } from '../domain/revision.ts'
import type { Uploads } from '../importers/uploads.ts'
import type { ReadOptions } from '../store/store.ts'
import type { Gate } from './gate.ts'
import type { ServerFacts } from './server-info.ts'

/** What a caller may see and change of the streams. */
export interface Directory {
  readonly reader: Answers
  readonly commands: Commands
  readonly exports: Exports
  /** Tells what changes; undefined where there is nothing in memory that could. */
  readonly watch: Watch | undefined
}

export type Watch = (request: WatchRequest, caller: Caller, signal: AbortSignal) => AsyncIterable<Uint8Array>

/** The other processes that answer for the same server: whatever one of them told, all have to show. */
export interface Peers {
  /** Throws the ChatApiError that says why there is no answer yet. */
  assertReady(): void
  /** What has to be waited for before anything is answered; undefined where it is there. */
  readonly missing: Revision | undefined
  /** Returns once all of them show a revision that is held here; throws REVISION_NOT_REACHED after a bounded wait. */
  waitFor(revision: Revision, options?: ReadOptions): Promise<void>
  /** The same for what was found to be there already, by a look at the store as of `seen`. */
  waitForHeld(seen: Revision, options?: ReadOptions): Promise<void>
}

/** What the handlers answer from. */
export interface RpcContext {
  /** Where a handler gets its directory from, for each call anew. */
  readonly gate: Gate
  readonly log: Logger
  /** What other systems call the platforms. Default: `DEFAULT_PLATFORM_ALIASES`. */
  readonly platformAliases?: PlatformAliases | undefined
  /** The largest answer, in bytes. */
  readonly maxMessageBytes: number
  /** Absent where this process is the server. */
  readonly peers?: Peers | undefined
  /** The files that are to be imported. */
  readonly uploads: Uploads
  /** What there is to tell of the server, as of now. */
  readonly serverFacts: () => ServerFacts
  /** Called where the store does not serve a write. */
  readonly onStoreUnavailable?: () => void
}
