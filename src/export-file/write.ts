import { createHash } from 'node:crypto'
import { formatRevision } from '../domain/revision.ts'
import { formatTime } from '../domain/timestamp.ts'
import type { StoredStream } from '../store/store.ts'
import { type ExportHeader, FORMAT, VERSION } from './format.ts'
import { writeLine } from './stream-json.ts'

/** The bytes of an export file, a piece for each batch of streams. */
export async function* writeExport(
  header: ExportHeader,
  batches: AsyncIterable<readonly StoredStream[]>,
): AsyncGenerator<Buffer> {
  const sum = createHash('sha256')
  const written = (text: string): Buffer => {
    const bytes = Buffer.from(text)
    sum.update(bytes)
    return bytes
  }
  yield written(`${headerLine(header)}\n`)
  let streams = 0
  for await (const batch of batches) {
    streams += batch.length
    yield written(batch.map((stored) => `${writeLine(stored)}\n`).join(''))
  }
  yield Buffer.from(`${JSON.stringify({ streams, sha256: sum.digest('hex') })}\n`)
}

function headerLine({ directoryId, revision, exportTime }: ExportHeader): string {
  return JSON.stringify({
    format: FORMAT,
    version: VERSION,
    directory_id: directoryId,
    revision: formatRevision(revision),
    export_time: formatTime(exportTime),
  })
}
