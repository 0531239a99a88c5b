import {
  type ResolveCandidate,
  type ResolveStreamResponse,
  ResolveStreamResponseSchema,
  SpecialType,
  Spelling as SpellingMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { MAX_BATCH } from '../domain/limits.ts'
import type { Stream } from '../domain/stream.ts'
import { fromMessage } from '../wire/convert.ts'
import type { Answering } from './connect.ts'
import { type Json, jsonOf } from './json.ts'
import { answered } from './remote-error.ts'

/** On which platforms a text is looked for: on one, on all, or on the default one where it names none. */
export type OnPlatform = { readonly only: string } | 'all' | 'default'

/** What a text means: one stream, several or none. */
export interface Resolved {
  readonly target: string
  readonly candidates: readonly Candidate[]
  /** The same for programs: a `ResolveStreamResponse`, and the text. */
  json(): Json
}

export interface Candidate {
  readonly stream: Stream
  /** How the text spells it, such as `group id`. */
  readonly spelling: string
}

/** In one call at most; a text may be 4,096 bytes long. */
const MAX_CALL_LENGTH = 500_000

/** What texts mean, in their order. */
export async function* resolveAll(
  { client, url }: Answering,
  targets: readonly string[],
  on: OnPlatform,
  signal: AbortSignal,
): AsyncGenerator<Resolved, void, undefined> {
  for (const some of inCalls(targets)) {
    const request = { targets: some, ...platformFields(on) }
    const { results } = await answered(url, () => client.batchResolveStreams(request, { signal }), signal)
    for (const [index, result] of results.entries()) yield resolved(some[index]!, result)
  }
}

export function platformFields(on: OnPlatform): { platform?: string; specialType?: SpecialType } {
  if (on === 'all') return { specialType: SpecialType.ALL_PLATFORMS }
  return on === 'default' ? {} : { platform: on.only }
}

function resolved(target: string, result: ResolveStreamResponse): Resolved {
  return {
    target,
    candidates: result.candidates.map(toCandidate),
    json: () => ({ target, ...jsonOf(ResolveStreamResponseSchema, result) }),
  }
}

function toCandidate({ stream, spelling }: ResolveCandidate): Candidate {
  const name = SpellingMessage[spelling] ?? String(spelling)
  return { stream: fromMessage(stream!), spelling: name.toLowerCase().replaceAll('_', ' ') }
}

function inCalls(targets: readonly string[]): string[][] {
  const calls: string[][] = []
  let length = 0
  for (const target of targets) {
    const last = calls.at(-1)
    if (!last || last.length === MAX_BATCH || length + target.length > MAX_CALL_LENGTH) {
      calls.push([target])
      length = target.length
    } else {
      last.push(target)
      length += target.length
    }
  }
  return calls
}
