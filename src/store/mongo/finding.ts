import type { Document, Filter } from 'mongodb'
import { driverOptions, type Reads } from './reading.ts'

export interface Query {
  readonly filter: Filter<Document>
  /** What an index is on. */
  readonly sort: Readonly<Record<string, 1>>
}

/** The documents that match a query, as they come from the server. */
export interface Documents {
  /** Those that came next, to be gone through once; undefined at the end. */
  next(): Promise<Iterable<Document> | undefined>
  /** Gives up the cursor. Not waited for: on a lost server the driver waits for another one to tell it of a cursor that is gone. */
  close(): void
}

export type Find = (query: Query) => Documents

/** Asks by cursors of the driver, which repeats what a lost connection failed. */
export function byCursor(batchSize: number, reads: Reads): Find {
  return ({ filter, sort }) => {
    const cursor = reads.collection.find(filter, { ...driverOptions(reads), batchSize }).sort(sort)
    return {
      next: async () => ((await cursor.hasNext()) ? cursor.readBufferedDocuments() : undefined),
      close: () => void cursor.close().catch(() => {}),
    }
  }
}
