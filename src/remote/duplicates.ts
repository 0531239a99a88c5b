import { DuplicateReason } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Stream } from '../domain/stream.ts'
import { fromMessage } from '../wire/convert.ts'
import type { Answering } from './connect.ts'
import { answered } from './remote-error.ts'

export interface RemoteDuplicate {
  /** Most recently active first. */
  readonly streams: readonly Stream[]
  /** Such as `SAME_CHAT_OTHER_ACCOUNT`. */
  readonly reason: string
}

export interface RemoteDuplicates {
  readonly duplicates: readonly RemoteDuplicate[]
  /** Whether there may be more. */
  readonly more: boolean
}

/** Streams that seem to be one chat. */
export async function listDuplicates({ client, url }: Answering, signal: AbortSignal): Promise<RemoteDuplicates> {
  const { duplicates, more } = await answered(url, () => client.listDuplicates({}, { signal }), signal)
  return {
    duplicates: duplicates.map(({ streams, reason }) => ({
      streams: streams.map(fromMessage),
      reason: DuplicateReason[reason] ?? String(reason),
    })),
    more,
  }
}
