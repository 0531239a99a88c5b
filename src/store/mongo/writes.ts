import type { AnyBulkWriteOperation, ClientSession, Collection, Document } from 'mongodb'
import { etagOf } from '../../domain/etag.ts'
import { ConflictError, type Mutation } from '../store.ts'
import { numberOf } from './bson-values.ts'
import { encode } from './documents.ts'
import type { Doubt } from './doubt.ts'
import { isDuplicateKey } from './errors.ts'
import type { ReadObserver } from './notices.ts'
import { nextPosition } from './positions.ts'
import { unchanged } from './queries.ts'
import { EXACT_OPTIONS, held, owners } from './reading.ts'

/** What a mutation comes down to, given the documents that have its stream id. */
export type Write =
  | { readonly kind: 'insert'; readonly document: Document }
  | { readonly kind: 'replace'; readonly before: Document; readonly document: Document }
  | { readonly kind: 'delete'; readonly documents: readonly Document[] }

/** For every operation of a commit. The driver ends any of them at a signal, though its types say so of reads only. */
export interface WriteOptions {
  readonly session: ClientSession
  readonly signal: AbortSignal | undefined
}

/** How often a write is planned anew because others write to the same document all the time. */
const MAX_ATTEMPTS = 10

export function streamIdOf(mutation: Mutation): string {
  return mutation.kind === 'put' ? mutation.stream.streamId : mutation.streamId
}

/** The documents of these streams with all their types, as the primary has them. */
export async function readExact(
  collection: Collection,
  streamIds: readonly string[],
  options: WriteOptions,
): Promise<Document[]> {
  return collection.find({ stream_id: { $in: [...streamIds] } }, { ...EXACT_OPTIONS, ...options }).toArray()
}

/** Undefined when the stream is not in the state that the mutation expects. */
export function planned(mutation: Mutation, documents: readonly Document[], observer: ReadObserver): Write | undefined {
  const streams = documents.flatMap((document) => held(document, observer) ?? [])
  const owner = owners(streams, observer).get(streamIdOf(mutation))
  if (mutation.expect === null ? owner : !owner || etagOf(owner.stored.stream) !== mutation.expect) return undefined
  if (mutation.kind === 'delete') return { kind: 'delete', documents }
  const before = owner?.document ?? documents[0]
  if (!before) return { kind: 'insert', document: encode(mutation.stream, nextPosition()) }
  // A document that is no stream but has the id of one becomes it, and keeps what else it holds.
  const position = owner?.stored.position ?? numberOf(before.position) ?? nextPosition()
  return { kind: 'replace', before, document: encode(mutation.stream, position, before) }
}

export function bulkOperation(write: Write): AnyBulkWriteOperation<Document> {
  switch (write.kind) {
    case 'insert':
      return { insertOne: { document: write.document } }
    case 'replace':
      return { replaceOne: { filter: { _id: write.before._id }, replacement: write.document } }
    case 'delete':
      return { deleteMany: { filter: { _id: { $in: write.documents.map((document) => document._id) } } } }
  }
}

/** Applies a mutation by writes that each hold only while the document is exactly what the plan was made from. */
export async function writeOne(
  collection: Collection,
  mutation: Mutation,
  unique: boolean,
  options: WriteOptions,
  doubt: Doubt,
  observer: ReadObserver,
): Promise<void> {
  const streamId = streamIdOf(mutation)
  // With a unique index, a creation needs no look first.
  if (unique && mutation.kind === 'put' && mutation.expect === null) {
    const write = { kind: 'insert', document: encode(mutation.stream, nextPosition()) } as const
    if (await applied(collection, write, options, doubt)) return
  }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const write = planned(mutation, await readExact(collection, [streamId], options), observer)
    if (!write) throw new ConflictError([streamId])
    if (await applied(collection, write, options, doubt)) return
  }
  throw new ConflictError([streamId])
}

/** Whether the documents were as the plan has them, and so are written. */
async function applied(collection: Collection, write: Write, options: WriteOptions, doubt: Doubt): Promise<boolean> {
  const wasThere = doubt.isThere
  doubt.isThere = true
  const isApplied = await apply(collection, write, options)
  if (!isApplied) doubt.isThere = wasThere
  return isApplied
}

async function apply(collection: Collection, write: Write, options: WriteOptions): Promise<boolean> {
  if (write.kind === 'replace') {
    const { matchedCount } = await collection.replaceOne(unchanged(write.before), write.document, options)
    return matchedCount === 1
  }
  if (write.kind === 'insert') {
    try {
      await collection.insertOne(write.document, options)
      return true
    } catch (error) {
      if (isDuplicateKey(error)) return false
      throw error
    }
  }
  // The owner last: a plan that fails before it finds the stream still there.
  for (const document of write.documents.toReversed()) {
    const { deletedCount } = await collection.deleteOne(unchanged(document), options)
    if (deletedCount === 0) return false
  }
  return true
}
