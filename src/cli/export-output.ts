import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Revision } from '../domain/revision.ts'
import { writeExport } from '../export-file/write.ts'
import type { StoredStream } from '../store/store.ts'
import { startProgress } from './progress.ts'

/** The streams of one moment, from a store or from a server. */
export interface Exported {
  readonly directoryId: string
  readonly revision: Revision
  /** When the export began, in seconds since the Unix epoch. Default: now. */
  readonly exportTime?: number
  readonly approximateCount: number
  readonly batches: AsyncIterable<readonly StoredStream[]>
}

interface OutputOptions {
  readonly isCompressed: boolean
  readonly signal: AbortSignal
}

/** Writes a file that is not there yet. */
export async function writeBytes(
  path: string,
  bytes: AsyncIterable<Buffer>,
  { isCompressed, signal }: OutputOptions,
): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx' })
  try {
    if (isCompressed) await pipeline(bytes, createGzip(), file, { signal })
    else await pipeline(bytes, file, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** Writes to stdout, which stays open. */
export async function printBytes(bytes: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
  await pipeline(bytes, process.stdout, { signal, end: false }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}

/** Writes an export, telling how far it is, and returns how many streams it has. */
export async function exportSnapshot(
  exported: Exported,
  write: (bytes: AsyncIterable<Buffer>) => Promise<void>,
): Promise<number> {
  using progress = startProgress(exported.approximateCount, 'streams')
  let streams = 0
  async function* counted(): AsyncGenerator<readonly StoredStream[]> {
    for await (const batch of exported.batches) {
      yield batch
      streams += batch.length
      progress.show(streams)
    }
  }
  const { directoryId, revision, exportTime = Math.floor(Date.now() / 1_000) } = exported
  await write(writeExport({ directoryId, revision, exportTime }, counted()))
  return streams
}
