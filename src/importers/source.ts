import type { StoreLocation } from '../config/store-url.ts'
import type { Activity } from '../directory/activity.ts'
import type { Stream } from '../domain/stream.ts'

/** Streams that another program, or another store of ours, keeps. */
export interface Source {
  /** What it is, in words, such as `MaiBot 0.7 to 0.12, SQLite`. */
  readonly kind: string
  /** How many rows it has, to show progress by; may be slightly off. */
  readonly approximateCount: number
  /** Every row once, in the order in which the source lists them: oldest first. */
  rows(): AsyncIterable<SourceRow> | Iterable<SourceRow>
  /** Whether a store there would keep its streams where this source has its own. */
  isWithin(target: StoreLocation): Promise<boolean>
  /** Releases what the source holds. The source is as it was before. */
  close(): Promise<void>
}

/** One row: the activity that it says, the whole stream where the source is a store of ours, or why it says neither. */
export type SourceRow = RowPlace &
  (({ readonly activity: Activity } & Altered) | TakenStream | { readonly fault: string })

/** A stream as a store of ours keeps it. */
export interface TakenStream {
  readonly stream: Stream
  /** Where the order of lists has it there. */
  readonly position: number
}

interface Altered {
  /** What of the row is left out or had to be decided, and why; undefined where it all comes in as it is. */
  readonly altered?: string | undefined
}

interface RowPlace {
  /** Where the row stands in its source, such as `row 17`. */
  readonly place: string
  /** The id that the row has there, where it has one. */
  readonly streamId: string | undefined
}

/** The source cannot be read, and nothing was changed. The message says what it is instead, in one line. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
}
