import type { ExportStreamsResponse } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { etagOf } from '../domain/etag.ts'
import { parseRevision, type Revision } from '../domain/revision.ts'
import type { StoredStream } from '../store/store.ts'
import { fromMessage, fromTimestamp } from '../wire/convert.ts'
import type { Answering } from './connect.ts'
import { RemoteError, remoteFailure } from './remote-error.ts'

/** The streams that a server gives out, as of one moment. */
export interface RemoteExport {
  readonly directoryId: string
  readonly revision: Revision
  readonly exportTime: number
  readonly approximateCount: number
  readonly batches: AsyncIterable<StoredStream[]>
}

/** Begins an export. Throws `RemoteError`, also while the batches are read. */
export async function exportFrom({ client, url }: Answering, signal: AbortSignal): Promise<RemoteExport> {
  const messages = client.exportStreams({}, { signal })[Symbol.asyncIterator]()
  const next = () =>
    messages.next().catch((error: unknown) => {
      signal.throwIfAborted()
      throw remoteFailure(url, error)
    })
  const first = await next()
  const revision = first.done ? undefined : parseRevision(first.value.revision)
  if (first.done || revision === undefined) throw new RemoteError(`${url} answered with no export`)
  async function* batches(): AsyncGenerator<StoredStream[]> {
    for (let message = first; !message.done; message = await next()) {
      const batch = batchOf(message.value)
      if (batch.length > 0) yield batch
    }
  }
  const { directoryId, exportTime, approximateSize } = first.value
  return {
    directoryId,
    revision,
    exportTime: exportTime ? fromTimestamp(exportTime) : 0,
    approximateCount: Number(approximateSize),
    batches: batches(),
  }
}

/** Throws where a stream has more to it than this version knows, which would be lost. */
function batchOf({ streams, positions }: ExportStreamsResponse): StoredStream[] {
  return streams.map((message, index) => {
    const stream = fromMessage(message)
    const { streamId } = stream
    if (etagOf(stream) !== message.etag) {
      throw new RemoteError(
        `the stream ${streamId} holds more than is known here; is the server newer than this chatapi?`,
      )
    }
    return { position: Number(positions[index]), streamId, stream }
  })
}
