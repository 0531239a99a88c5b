import {
  ChangeKind,
  type StreamChange,
  type WatchStreamsResponse,
  WatchStreamsResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { StreamFilter } from '../domain/filter.ts'
import type { Stream } from '../domain/stream.ts'
import { fromMessage } from '../wire/convert.ts'
import { toFilterMessage } from '../wire/filter.ts'
import type { Answering } from './connect.ts'
import { type Json, jsonOf } from './json.ts'
import { answeredEach } from './remote-error.ts'

export interface WatchRequest {
  readonly filter: StreamFilter
  /** Where to begin: with what there is, with what changes from now on, or behind the message that had this token. */
  readonly from: 'snapshot' | 'now' | { readonly token: string }
}

/** One message of a watch. */
export interface WatchMessage {
  readonly event: WatchEvent
  /** From where to go on behind this message; undefined where that cannot be. */
  readonly token: string | undefined
  /** The same for programs: a `WatchStreamsResponse`. */
  json(): Json
}

export type WatchEvent =
  | { readonly kind: 'opened'; readonly revision: string }
  | { readonly kind: 'snapshot'; readonly streams: readonly Stream[] }
  | { readonly kind: 'commit'; readonly changes: readonly Change[] }
  | { readonly kind: 'bookmark'; readonly matching: number; readonly endsSnapshot: boolean }
  | { readonly kind: 'other' }

export interface Change {
  /** Such as `OPENED`. */
  readonly kind: string
  readonly streamId: string
  readonly before: Stream | undefined
  readonly after: Stream | undefined
  /** The stream that it is a part of now. */
  readonly mergedInto: string | undefined
}

/** What there is and what changes, until the signal is aborted. */
export async function* watchFrom(
  { client, url }: Answering,
  { filter, from }: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, void, undefined> {
  const start =
    from === 'snapshot'
      ? ({ case: undefined } as const)
      : from === 'now'
        ? ({ case: 'changesOnly', value: true } as const)
        : ({ case: 'resumeToken', value: from.token } as const)
  const answer = client.watchStreams({ filter: toFilterMessage(filter), start }, { signal })
  for await (const message of answeredEach(url, answer, signal)) {
    yield {
      event: eventOf(message.event),
      token: message.resumeToken || undefined,
      json: () => jsonOf(WatchStreamsResponseSchema, message),
    }
  }
}

function eventOf(event: WatchStreamsResponse['event']): WatchEvent {
  switch (event.case) {
    case 'opened':
      return { kind: 'opened', revision: event.value.revision }
    case 'snapshot':
      return { kind: 'snapshot', streams: event.value.streams.map(fromMessage) }
    case 'commit':
      return { kind: 'commit', changes: event.value.changes.map(toChange) }
    case 'bookmark':
      return { kind: 'bookmark', matching: Number(event.value.matching), endsSnapshot: event.value.snapshotComplete }
    default:
      return { kind: 'other' }
  }
}

function toChange({ kind, streamId, stream, previous, mergedIntoStreamId }: StreamChange): Change {
  return {
    kind: ChangeKind[kind] ?? String(kind),
    streamId,
    before: previous && fromMessage(previous),
    after: stream && fromMessage(stream),
    mergedInto: mergedIntoStreamId || undefined,
  }
}
