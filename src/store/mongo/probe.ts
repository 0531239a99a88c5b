import type { Collection, Document, UpdateOptions } from 'mongodb'

/** Changes nothing, and would not if there were a document that it finds. */
const FILTER: Document = { _id: '' }
const NO_CHANGE: Document = { $setOnInsert: { probe: true } }

/**
 * Makes an update that comes to nothing. A ping would be answered also by a server that may not write, whose disk is locked or
 * whose majority is gone; this is acknowledged by a majority like any write, and needs no privilege that those do not.
 */
export async function probe(collection: Collection, signal: AbortSignal | undefined): Promise<void> {
  // Any operation ends at a signal, though the types of the driver say so of reads only.
  const options: UpdateOptions & { signal: AbortSignal | undefined } = { signal }
  await collection.updateOne(FILTER, NO_CHANGE, options)
}
