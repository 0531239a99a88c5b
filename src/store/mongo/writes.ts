import { type AnyBulkWriteOperation, type ClientSession, type Collection, type Document, Double } from 'mongodb'
import { etagOf } from '../../domain/etag.ts'
import { ConflictError, type Mutation } from '../store.ts'
import { numberOf } from './bson-values.ts'
import { buried, decode, encode, Gone } from './documents.ts'
import type { Doubt } from './doubt.ts'
import { isDuplicateKey } from './errors.ts'
import type { ReadObserver } from './notices.ts'
import { nextPosition } from './positions.ts'
import { unchanged } from './queries.ts'
import { EXACT_OPTIONS, held, owners } from './reading.ts'

/** What a mutation comes down to, given the documents that have its stream id. */
export type Write =
  | { readonly kind: 'insert'; readonly document: Document }
  | Replacement
  /** A chat that was deleted gets a stream anew, with a place of its own. */
  | { readonly kind: 'renew'; readonly before: Document; readonly document: Document }
  | { readonly kind: 'bury'; readonly replacements: readonly Replacement[] }

interface Replacement {
  readonly kind: 'replace'
  readonly before: Document
  readonly document: Document
}

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
  if (mutation.kind !== 'put') {
    const mark =
      mutation.kind === 'merge'
        ? { merged_into: mutation.mergedInto }
        : { delete_time: new Double(mutation.deleteTime) }
    const replacements = documents.map((before) => {
      return { kind: 'replace', before, document: buried(before, mark) } as const
    })
    return { kind: 'bury', replacements }
  }
  const before = owner?.document ?? documents[0]
  if (!before) return { kind: 'insert', document: encode(mutation.stream, nextPosition()) }
  if (decode(before) instanceof Gone)
    return { kind: 'renew', before, document: encode(mutation.stream, nextPosition()) }
  // A document that is no stream but has the id of one becomes it, and keeps what else it holds.
  const position = owner?.stored.position ?? numberOf(before.position) ?? nextPosition()
  return { kind: 'replace', before, document: encode(mutation.stream, position, before) }
}

export function bulkOperations(write: Write): AnyBulkWriteOperation<Document>[] {
  switch (write.kind) {
    case 'insert':
      return [{ insertOne: { document: write.document } }]
    case 'replace':
      return [{ replaceOne: { filter: { _id: write.before._id }, replacement: write.document } }]
    case 'renew':
      return [{ deleteOne: { filter: { _id: write.before._id } } }, { insertOne: { document: write.document } }]
    case 'bury':
      return write.replacements.flatMap(bulkOperations)
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
export async function applied(
  collection: Collection,
  write: Write,
  options: WriteOptions,
  doubt: Doubt,
): Promise<boolean> {
  const wasThere = doubt.isThere
  doubt.isThere = true
  const isApplied = await apply(collection, write, options)
  if (!isApplied) doubt.isThere = wasThere
  return isApplied
}

async function apply(collection: Collection, write: Write, options: WriteOptions): Promise<boolean> {
  switch (write.kind) {
    case 'insert':
      return isInserted(collection, write.document, options)
    case 'replace':
      return isReplaced(collection, write, options)
    case 'renew': {
      const { deletedCount } = await collection.deleteOne(unchanged(write.before), options)
      return deletedCount === 1 && isInserted(collection, write.document, options)
    }
    case 'bury':
      // The owner last: a plan that fails before it finds the stream still there.
      for (const replacement of write.replacements.toReversed()) {
        if (!(await isReplaced(collection, replacement, options))) return false
      }
      return true
  }
}

async function isReplaced(
  collection: Collection,
  { before, document }: Replacement,
  options: WriteOptions,
): Promise<boolean> {
  const { matchedCount } = await collection.replaceOne(unchanged(before), document, options)
  return matchedCount === 1
}

async function isInserted(collection: Collection, document: Document, options: WriteOptions): Promise<boolean> {
  try {
    await collection.insertOne(document, options)
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}
