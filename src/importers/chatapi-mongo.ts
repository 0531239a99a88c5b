import type { Collection, Document } from 'mongodb'
import { MAX_BATCH } from '../domain/limits.ts'
import { idKey } from '../store/mongo/bson-values.ts'
import { inOrder } from '../store/mongo/ordered.ts'
import type { MongoCollection } from './mongo-collection.ts'
import type { Source, SourceRow } from './source.ts'

/** A store of ours in MongoDB, with what a bot wrote into it beside. */
export function readChatapiMongo(found: MongoCollection): Source {
  return {
    kind: 'ChatApi, MongoDB',
    approximateCount: found.approximateCount,
    rows: () => readDocuments(found.collection),
    isWithin: found.isWithin,
    close: found.close,
  }
}

/** The streams in the order of lists, and each document that is none once. */
async function* readDocuments(collection: Collection): AsyncGenerator<SourceRow> {
  const skipped = new Map<string, SourceRow>()
  const observer = {
    skipped(document: Document, fault: string) {
      const id = idKey(document._id)
      const { stream_id: streamId } = document
      const row = { place: `document ${id}`, streamId: typeof streamId === 'string' ? streamId : undefined, fault }
      if (!skipped.has(id)) skipped.set(id, row)
    },
  }
  // Whether ids are unique is not known without a look at the indexes; not to rely on it costs a query for each batch.
  const reads = { collection, unique: false, observer }
  for await (const streams of inOrder([{}], undefined, MAX_BATCH, reads)) {
    for (const { position, streamId, stream } of streams)
      yield { place: `position ${position}`, streamId, stream, position }
  }
  yield* skipped.values()
}
