import { BSON } from 'mongodb'
import { ExportFileError } from '../export-file/format.ts'
import { contentOf } from '../export-file/lines.ts'
import { idKey } from '../store/mongo/bson-values.ts'
import { MAX_DOCUMENT_BYTES, MIN_DOCUMENT_BYTES } from './find-dump.ts'
import type { StreamDocument } from './maibot-mongo.ts'

/** A document of a dump, or why it is none. */
export type DumpedDocument = { readonly place: string } & (
  | { readonly document: StreamDocument & { readonly account_id?: unknown }; readonly fault?: undefined }
  | { readonly document?: undefined; readonly fault: string }
)

/** The length that each document begins with, itself included. */
const LENGTH_BYTES = 4

/** The documents of a file of `mongodump`, one behind the other. Throws `ExportFileError` where it is cut or damaged. */
export async function* readBson(path: string, signal?: AbortSignal): AsyncGenerator<DumpedDocument> {
  let number = 0
  for await (const bytes of framesOf(path, signal)) {
    number++
    try {
      // Ids of users and groups go beyond what a double holds.
      const document = BSON.deserialize(bytes, { useBigInt64: true }) as StreamDocument
      yield { place: document._id === undefined ? `document ${number}` : `document ${idKey(document._id)}`, document }
    } catch (error) {
      if (!BSON.BSONError.isBSONError(error)) throw error
      yield { place: `document ${number}`, fault: `cannot be read: ${error.message}` }
    }
  }
}

async function* framesOf(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  let offset = 0
  for await (const chunk of contentOf(path, signal)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    while (rest.length - start >= LENGTH_BYTES) {
      const length = rest.readInt32LE(start)
      if (length < MIN_DOCUMENT_BYTES || length > MAX_DOCUMENT_BYTES) {
        throw new ExportFileError(`no document begins at byte ${offset + start}`)
      }
      if (rest.length - start < length) break
      yield rest.subarray(start, start + length)
      start += length
    }
    offset += start
    rest = rest.subarray(start)
  }
  if (rest.length > 0) throw new ExportFileError(`its end is missing: the document at byte ${offset} breaks off`)
}
