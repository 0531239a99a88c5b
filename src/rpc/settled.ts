import type { Written } from '../directory/commands.ts'
import { ChatApiError } from '../domain/errors.ts'
import { formatRevision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import type { ReadOptions } from '../store/store.ts'
import type { RpcContext } from './context.ts'

/**
 * Lets the caller read what it wrote, or was told to be there already, and returns the revision of that. The write itself
 * is done: it does not fail where the view is late.
 */
export async function settled(
  { reader, log }: RpcContext,
  { revision, seen }: Written,
  streams: readonly Stream[],
  options: ReadOptions,
): Promise<string> {
  try {
    if (revision !== undefined) await reader.waitFor(revision, options)
    else await Promise.all(streams.map((stream) => reader.waitForStream(stream, seen, options)))
  } catch (error) {
    if (!(error instanceof ChatApiError)) throw error
    log.warn({ err: error }, 'a write is durable and not visible here yet')
  }
  return revision === undefined ? '' : formatRevision(revision)
}
