import { MAX_BATCH } from '../domain/limits.ts'
import type { Stream } from '../domain/stream.ts'
import { fromMessage } from '../wire/convert.ts'
import type { Answering } from './connect.ts'
import { answered, RemoteError } from './remote-error.ts'
import { watchFrom } from './watch.ts'

export interface ServerFacts {
  readonly version: string
  readonly store: string
  readonly streams: number
  /** For how long the store has not been followed. */
  readonly lagSeconds: number
}

export async function serverFacts({ client, url }: Answering, signal: AbortSignal): Promise<ServerFacts> {
  const { version, store, streams, lag } = await answered(url, () => client.getServerInfo({}, { signal }), signal)
  return { version, store, streams: Number(streams), lagSeconds: Number(lag?.seconds ?? 0) }
}

/** Why nothing can be watched; undefined where it can. */
export async function watchRefused(directory: Answering, signal: AbortSignal): Promise<string | undefined> {
  const ending = new AbortController()
  const either = AbortSignal.any([signal, ending.signal])
  try {
    // Ended, and not left: what is left waits for its next message.
    for await (const _ of watchFrom(directory, { filter: {}, from: 'now' }, either)) ending.abort()
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (ending.signal.aborted) return undefined
    if (error instanceof RemoteError && error.reason === 'WATCH_UNSUPPORTED') return error.message
    throw error
  }
}

/** The streams to which these ids lead, each once. */
export async function streamsById(
  { client, url }: Answering,
  streamIds: readonly string[],
  signal: AbortSignal,
): Promise<Stream[]> {
  const streams: Stream[] = []
  for (let start = 0; start < streamIds.length; start += MAX_BATCH) {
    const request = { streamIds: streamIds.slice(start, start + MAX_BATCH) }
    const answer = await answered(url, () => client.batchGetStreams(request, { signal }), signal)
    streams.push(...answer.streams.map(fromMessage))
  }
  return streams
}
