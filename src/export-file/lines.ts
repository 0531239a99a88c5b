import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ExportFileError } from './format.ts'

export const LINE_FEED = 0x0a
const GZIP_MAGIC = [0x1f, 0x8b]

/** Many times what the longest names and labels take, with a great many aliases. */
const MAX_LINE_BYTES = 16_777_216

/** The lines of a file, each with its line feed; the last one as it is. Where the file is compressed, of its content. */
export async function* linesOf(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of contentOf(path, signal)) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const line = chunk.subarray(start, end + 1)
      yield rest.length === 0 ? line : Buffer.concat([...rest, line])
      rest = []
      restBytes = 0
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
    restBytes += chunk.length - start
    if (restBytes > MAX_LINE_BYTES) throw new ExportFileError(`a line is longer than ${MAX_LINE_BYTES} bytes`)
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}

/** The bytes of a file; where it is compressed, those of its content. */
export async function* contentOf(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const isPacked = await isCompressed(path)
  const file = createReadStream(path, { ...(signal && { signal }) })
  try {
    // A failure of either comes out of the iteration; the callback keeps it from coming up a second time.
    const content = isPacked ? pipeline(file, createGunzip(), () => {}) : file
    yield* content as AsyncIterable<Buffer>
  } catch (error) {
    signal?.throwIfAborted()
    throw explained(error)
  } finally {
    file.destroy()
  }
}

/** Whether the file is one of gzip, whatever its name. */
export async function isCompressed(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP_MAGIC.length))
    return bytesRead === GZIP_MAGIC.length && GZIP_MAGIC.every((byte, index) => buffer[index] === byte)
  } finally {
    await file.close()
  }
}

function explained(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return new ExportFileError('its end is missing: what is compressed in it breaks off')
  if (code?.startsWith('Z_')) return new ExportFileError(`it cannot be decompressed: ${message}`)
  return error
}
