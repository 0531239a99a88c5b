import type { SourceRow } from '../importers/source.ts'

/** A bot whose chats are followed while it writes them. */
export interface FollowedSource {
  /** What its place is kept under, and what it may be called before anyone. */
  readonly name: string

  /** Throws `SourceError` where it is there and is nothing that can be followed; nothing where it is not there yet. */
  check(): Promise<void>

  /**
   * What the bot has written after a place, and goes on to write: without end, in batches of at most `MAX_BATCH` rows. Without a
   * place, or with one that leads nowhere any more, first what is known of all chats. Ends only by throwing:
   *
   * - `SourceError`: what is there cannot be followed.
   * - `SourceAwayError`: it is not there now.
   * - the signal's reason, once `signal` is aborted.
   */
  follow(place: string | undefined, signal: AbortSignal): AsyncIterable<Found>

  close(): Promise<void>
}

/** What a source had to tell. */
export interface Found {
  readonly rows: readonly SourceRow[]
  /** Following from here tells of what comes after it. Undefined amid a reading that would have to begin anew. */
  readonly place: string | undefined
}

/** The source is not there for now. The message says what is missing, in one line. */
export class SourceAwayError extends Error {
  override readonly name = 'SourceAwayError'
}
