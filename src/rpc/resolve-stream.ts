import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import {
  BatchResolveStreamsResponseSchema,
  type ChatApi,
  Resolution,
  ResolveStreamResponseSchema,
  type SpecialType,
  Spelling as SpellingMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Candidate, ResolvePlatform, Spelling } from '../directory/resolver.ts'
import { DEFAULT_PLATFORM_ALIASES } from '../domain/platform.ts'
import { encodedMessage } from '../wire/encoded.ts'
import type { RpcContext } from './context.ts'
import { platformOf } from './platform.ts'

type ResolveStream = Pick<ServiceImpl<typeof ChatApi>, 'resolveStream' | 'batchResolveStreams'>

const RESOLUTION_FIELD = 2
const CANDIDATES_FIELD = 3
const SPELLING_FIELD = 2
const RESULTS_FIELD = 1

const spellings: Readonly<Record<Spelling, SpellingMessage>> = {
  'stream-id': SpellingMessage.STREAM_ID,
  'alias-id': SpellingMessage.ALIAS_ID,
  'group-id': SpellingMessage.GROUP_ID,
  'user-id': SpellingMessage.USER_ID,
  'display-name': SpellingMessage.DISPLAY_NAME,
  name: SpellingMessage.NAME,
  foreign: SpellingMessage.FOREIGN,
}

/** Streams by whatever text people and other systems write for them. */
export function resolveStream({ gate, platformAliases = DEFAULT_PLATFORM_ALIASES }: RpcContext): ResolveStream {
  async function answer(target: string, platform: ResolvePlatform, call: HandlerContext): Promise<Uint8Array> {
    const candidates = await gate.directoryOf(call).reader.resolve(target, platform, platformAliases, call)
    return encodeResolution(candidates)
  }

  return {
    async resolveStream(request, call) {
      return encodedMessage(ResolveStreamResponseSchema, await answer(request.target, resolvePlatform(request), call))
    },

    async batchResolveStreams(request, call) {
      const platform = resolvePlatform(request)
      const writer = new BinaryWriter()
      for (const target of request.targets) {
        writer.tag(RESULTS_FIELD, WireType.LengthDelimited).bytes(await answer(target, platform, call))
      }
      return encodedMessage(BatchResolveStreamsResponseSchema, writer.finish())
    },
  }
}

function resolvePlatform(request: { platform?: string | undefined; specialType: SpecialType }): ResolvePlatform {
  if (request.platform !== undefined) return { only: request.platform }
  return platformOf(request) === undefined ? 'all' : 'default'
}

function encodeResolution(candidates: readonly Candidate[]): Uint8Array {
  const writer = new BinaryWriter()
  const [first, ...others] = candidates
  const resolution =
    first === undefined ? Resolution.NOT_FOUND : others.length === 0 ? Resolution.FOUND : Resolution.AMBIGUOUS
  if (resolution === Resolution.FOUND) writer.raw(first!.frame)
  writer.tag(RESOLUTION_FIELD, WireType.Varint).int32(resolution)
  for (const { frame, spelling } of candidates) {
    writer.tag(CANDIDATES_FIELD, WireType.LengthDelimited).fork()
    writer.raw(frame).tag(SPELLING_FIELD, WireType.Varint).int32(spellings[spelling])
    writer.join()
  }
  return writer.finish()
}
