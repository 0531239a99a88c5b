import {
  DeleteStreamResponseSchema,
  MergeStreamsResponseSchema,
  OpenStreamResponseSchema,
  UpdateStreamResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Stream } from '../domain/stream.ts'
import { fromMessage } from '../wire/convert.ts'
import type { Answering } from './connect.ts'
import { type Json, jsonOf } from './json.ts'
import { answered } from './remote-error.ts'

/** A stream as a write left it. */
export interface Written {
  readonly stream: Stream
  /** Empty where nothing was written. */
  readonly revision: string
  /** The same for programs: the answer of the call. */
  json(): Json
}

export interface Opened extends Written {
  readonly created: boolean
  readonly otherStreamIds: readonly string[]
}

/** A chat by a text that spells it, or by its ids. */
export interface Opening {
  readonly target?: string | undefined
  readonly platform?: string | undefined
  readonly groupId?: string | undefined
  readonly userId?: string | undefined
  readonly accountId?: string | undefined
  readonly scope?: string | undefined
  /** Of the group, or of the user, for a new stream. */
  readonly name?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export async function openStream({ client, url }: Answering, opening: Opening, signal: AbortSignal): Promise<Opened> {
  const { name, labels = {}, platform = '', ...chat } = opening
  const isPrivate = chat.userId !== undefined
  const named = name === undefined ? {} : isPrivate ? { userNickname: name } : { groupName: name }
  const request = { ...given(chat), ...named, platform, labels: { ...labels } }
  const answer = await answered(url, () => client.openStream(request, { signal }), signal)
  const { stream, created, otherStreamIds, revision } = answer
  const json = () => jsonOf(OpenStreamResponseSchema, answer)
  return { stream: fromMessage(stream!), created, otherStreamIds, revision, json }
}

export interface Edits {
  /** Empty takes the name away; absent leaves it. */
  readonly customName?: string | undefined
  readonly setLabels?: Readonly<Record<string, string>>
  readonly removeLabels?: readonly string[]
}

export async function updateStream(
  { client, url }: Answering,
  streamId: string,
  { customName, setLabels = {}, removeLabels = [] }: Edits,
  signal: AbortSignal,
): Promise<Written> {
  const edits = { ...given({ customName }), setLabels: { ...setLabels }, removeLabels: [...removeLabels] }
  const answer = await answered(url, () => client.updateStream({ streamId, ...edits }, { signal }), signal)
  const { stream, revision } = answer
  return { stream: fromMessage(stream!), revision, json: () => jsonOf(UpdateStreamResponseSchema, answer) }
}

export async function mergeStreams(
  { client, url }: Answering,
  sourceStreamId: string,
  targetStreamId: string,
  signal: AbortSignal,
): Promise<Written> {
  const request = { sourceStreamId, targetStreamId }
  const answer = await answered(url, () => client.mergeStreams(request, { signal }), signal)
  const { stream, revision } = answer
  return { stream: fromMessage(stream!), revision, json: () => jsonOf(MergeStreamsResponseSchema, answer) }
}

export async function deleteStream(
  { client, url }: Answering,
  streamId: string,
  signal: AbortSignal,
): Promise<{ readonly revision: string; json(): Json }> {
  const answer = await answered(url, () => client.deleteStream({ streamId }, { signal }), signal)
  return { revision: answer.revision, json: () => jsonOf(DeleteStreamResponseSchema, answer) }
}

/** Without the fields that are undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
