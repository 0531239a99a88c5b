import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ChatApiError } from '../domain/errors.ts'
import { requestTooLarge } from './too-large.ts'

const inflate = promisify(gunzip)

const CHUNK_BYTES = 65_536
/** Each may hold a message of the largest size. As many as work at a time in the thread pool of Node. */
const MAX_AT_ONCE = 4

let running = 0
const waiting: (() => void)[] = []

/** What gzip made of a message. Throws as soon as there is more of it than a message may have. */
export async function decompress(bytes: Uint8Array, maxMessageBytes: number): Promise<Uint8Array> {
  if (running >= MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  running += 1
  try {
    return await inflate(bytes, { maxOutputLength: maxMessageBytes, chunkSize: CHUNK_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw requestTooLarge(maxMessageBytes)
    const why = error instanceof Error ? error.message : String(error)
    throw new ChatApiError('MALFORMED_REQUEST', `the message cannot be decompressed: ${why}`, { cause: error })
  } finally {
    running -= 1
    waiting.shift()?.()
  }
}
