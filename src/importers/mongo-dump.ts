import { ExportFileError } from '../export-file/format.ts'
import { type DumpedDocument, readBson } from './bson-file.ts'
import { readExtendedJson } from './extended-json.ts'
import type { Dump } from './find-dump.ts'
import { readDocument } from './maibot-mongo.ts'
import { type Source, SourceError, type SourceRow } from './source.ts'

/** The dump of a bot's collection, once it is known to be whole. Throws `SourceError` where it is not, or that of a store of ours. */
export async function readMongoDump(dump: Dump, signal?: AbortSignal): Promise<Source> {
  let count = 0
  for await (const { document } of documentsOf(dump, signal)) {
    count++
    // As in a database: the bot knows no accounts, and documents of ours always have one.
    if (typeof document?.account_id === 'string') {
      throw new SourceError(
        `${dump.path} is a dump of a store of chatapi; import from its MongoDB, or from a file of chatapi backup`,
      )
    }
  }
  return {
    kind: `MaiBot 0.5.13 to 0.6, ${dump.form}`,
    approximateCount: count,
    rows: () => rowsOf(dump, signal),
    isWithin: async () => false,
    async close() {},
  }
}

async function* rowsOf(dump: Dump, signal: AbortSignal | undefined): AsyncGenerator<SourceRow> {
  for await (const { place, document, fault } of documentsOf(dump, signal)) {
    if (document) yield readDocument(place, document)
    else yield { place, streamId: undefined, fault }
  }
}

async function* documentsOf({ path, form }: Dump, signal?: AbortSignal): AsyncGenerator<DumpedDocument> {
  try {
    yield* form === 'BSON' ? readBson(path, signal) : readExtendedJson(path, signal)
  } catch (error) {
    if (!(error instanceof ExportFileError)) throw error
    throw new SourceError(`${path} cannot be read: ${error.message}; nothing was imported`, { cause: error })
  }
}
