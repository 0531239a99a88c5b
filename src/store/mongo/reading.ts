import type { ClientSession, Collection, Document, Filter } from 'mongodb'
import { comparePlaces } from '../../domain/place.ts'
import { compareText } from '../../domain/stream.ts'
import type { StoredStream } from '../store.ts'
import { idKey } from './bson-values.ts'
import { decode, Fault, Gone } from './documents.ts'
import type { ReadObserver } from './notices.ts'

/**
 * How documents are read. Longs stay Longs, since ids exceed what a number can hold; text that is no valid UTF-8 is
 * replaced, since one such document must not make all others unreadable.
 */
export const READ_OPTIONS = { promoteLongs: false, enableUtf8Validation: false } as const

/** How a document is read that is to be written again: every value keeps its type. */
export const EXACT_OPTIONS = {
  promoteValues: false,
  promoteBuffers: false,
  bsonRegExp: true,
  enableUtf8Validation: false,
} as const

/** Where and how to read. */
export interface Reads {
  readonly collection: Collection
  /** Whether no two documents can have one stream id. */
  readonly unique: boolean
  readonly observer: ReadObserver
  readonly session?: ClientSession | undefined
  readonly signal?: AbortSignal | undefined
}

/** A stream and the document that holds it. */
export interface Held {
  readonly stored: StoredStream
  readonly document: Document
}

export function held(document: Document, observer: ReadObserver): Held | undefined {
  const stored = decode(document)
  if (stored instanceof Fault) {
    observer.skipped(document, stored.reason)
    return undefined
  }
  if (stored instanceof Gone) {
    observer.gone?.(document)
    return undefined
  }
  observer.held?.(document, stored.streamId)
  return { stored, document }
}

export function driverOptions({ session, signal }: Pick<Reads, 'session' | 'signal'>) {
  return { ...READ_OPTIONS, ...(session && { session }), ...(signal && { signal }) }
}

/** Reads the streams among the documents that match. */
export async function readHeld(filter: Filter<Document>, reads: Reads): Promise<Held[]> {
  const documents = await reads.collection.find(filter, driverOptions(reads)).toArray()
  return documents.flatMap((document) => held(document, reads.observer) ?? [])
}

/** Of several documents with one stream id, the one that every server takes for the stream: the oldest. */
export function owners(candidates: readonly Held[], observer: ReadObserver): Map<string, Held> {
  const byId = new Map<string, Held>()
  for (const candidate of candidates) {
    const other = byId.get(candidate.stored.streamId)
    const [first, second] = other && compareAge(other, candidate) <= 0 ? [other, candidate] : [candidate, other]
    byId.set(candidate.stored.streamId, first)
    if (second) observer.skipped(second.document, `its stream is held by the document ${idKey(first.document._id)}`)
  }
  return byId
}

/** Drops the documents whose stream is held by another document, which may not be among them. */
export async function owned(candidates: readonly Held[], reads: Reads): Promise<StoredStream[]> {
  if (reads.unique || candidates.length === 0) return candidates.map(({ stored }) => stored)
  const streamIds = [...new Set(candidates.map(({ stored }) => stored.streamId))]
  const byId = owners(await readHeld({ stream_id: { $in: streamIds } }, reads), reads.observer)
  return candidates.flatMap(({ stored, document }) => {
    const owner = byId.get(stored.streamId)
    return owner && idKey(owner.document._id) === idKey(document._id) ? [stored] : []
  })
}

function compareAge(a: Held, b: Held): number {
  return comparePlaces(a.stored, b.stored) || compareText(idKey(a.document._id), idKey(b.document._id))
}
