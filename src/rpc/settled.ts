import type { HandlerContext } from '@connectrpc/connect'
import type { Written } from '../directory/commands.ts'
import { ChatApiError } from '../domain/errors.ts'
import { formatRevision } from '../domain/revision.ts'
import type { Stream } from '../domain/stream.ts'
import { StoreUnavailableError } from '../store/store.ts'
import type { RpcContext } from './context.ts'

/**
 * Lets the caller read what it wrote, or was told to be there already, and returns the revision of that. The write itself
 * is done: it does not fail where the view is late.
 */
export async function settled(
  { gate, log, peers }: RpcContext,
  { revision, seen }: Written,
  streams: readonly Stream[],
  call: HandlerContext,
): Promise<string> {
  const { reader } = gate.directoryOf(call)
  try {
    if (revision !== undefined) {
      await reader.waitFor(revision, call)
      await peers?.waitFor(revision, call)
    } else {
      await Promise.all(streams.map((stream) => reader.waitForStream(stream, seen, call)))
      await peers?.waitForHeld(seen, call)
    }
  } catch (error) {
    if (!(error instanceof ChatApiError || error instanceof StoreUnavailableError)) throw error
    log.warn({ err: error }, 'a write is durable and not visible here yet')
  }
  return revision === undefined ? '' : formatRevision(revision)
}
