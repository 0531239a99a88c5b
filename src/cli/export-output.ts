import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

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
