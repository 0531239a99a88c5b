import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import {
  type ChatApi,
  type GetAllStreamsRequest,
  GetAllStreamsResponseSchema,
  type GetGroupStreamsRequest,
  GetGroupStreamsResponseSchema,
  type GetPrivateStreamsRequest,
  GetPrivateStreamsResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Answers } from '../directory/answers.ts'
import { whenThere } from '../directory/when-there.ts'
import type { StreamFilter } from '../domain/filter.ts'
import { MAX_PAGE_SIZE } from '../domain/limits.ts'
import { formatPageToken, parsePageToken } from '../domain/page.ts'
import type { Revision } from '../domain/revision.ts'
import type { StreamType } from '../domain/stream.ts'
import type { ReadOptions } from '../store/store.ts'
import { encodedMessage } from '../wire/encoded.ts'
import type { RpcContext } from './context.ts'
import { assertComplete, encodeList, encodeRevision, TAIL_BYTES } from './list-answer.ts'
import { platformOf } from './platform.ts'

type Lists = Pick<ServiceImpl<typeof ChatApi>, 'getAllStreams' | 'getGroupStreams' | 'getPrivateStreams'>
type ListRequest = GetAllStreamsRequest | GetGroupStreamsRequest | GetPrivateStreamsRequest

/** Complete lists kept encoded, the least recently used leaving first; each is at most one answer large. */
const MAX_KEPT_LISTS = 8

/** The three lists. */
export function lists(context: RpcContext): Lists {
  const complete = new CompleteLists(context.maxMessageBytes)
  return {
    getAllStreams: listMethod(context, complete, GetAllStreamsResponseSchema, undefined),
    getGroupStreams: listMethod(context, complete, GetGroupStreamsResponseSchema, 'group'),
    getPrivateStreams: listMethod(context, complete, GetPrivateStreamsResponseSchema, 'private'),
  }
}

function listMethod<Output extends DescMessage>(
  { gate, maxMessageBytes }: RpcContext,
  complete: CompleteLists,
  output: Output,
  type: StreamType | undefined,
) {
  return (request: ListRequest, call: HandlerContext): MessageShape<Output> | Promise<MessageShape<Output>> => {
    const { reader } = gate.directoryOf(call)
    const platform = platformOf(request)
    if (request.pageSize === 0 && request.pageToken === '') {
      return whenThere(complete.answer(reader, platform, type, call), (answer) => encodedMessage(output, answer))
    }
    const asked = [type, platform]
    const start = request.pageToken === '' ? undefined : parsePageToken(asked, request.pageToken)
    const limit = request.pageSize === 0 ? Number.POSITIVE_INFINITY : Math.min(request.pageSize, MAX_PAGE_SIZE)
    const list = { filter: filterOf(platform, type), after: start, limit, maxBytes: maxMessageBytes - TAIL_BYTES }
    return whenThere(reader.list(list, call), (list) => {
      if (request.pageSize === 0) assertComplete(list, maxMessageBytes)
      return encodedMessage(output, encodeList(list, list.next ? formatPageToken(asked, list.next) : ''))
    })
  }
}

interface KeptList {
  readonly version: number
  readonly revision: Revision
  readonly answer: Buffer
  /** How much of the answer does not depend on the revision. */
  readonly sharedBytes: number
}

/** Answers with whole lists, and keeps them while their streams stay as they are. */
class CompleteLists {
  readonly #maxMessageBytes: number
  readonly #kept = new Map<string, KeptList>()

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
  }

  answer(
    reader: Answers,
    platform: string | undefined,
    type: StreamType | undefined,
    options: ReadOptions,
  ): Uint8Array | Promise<Uint8Array> {
    const maxMessageBytes = this.#maxMessageBytes
    const key = `${type ?? ''}:${platform === undefined ? '' : `=${platform}`}`
    const filter = filterOf(platform, type)
    const state = reader.listState(filter)
    const kept = state && this.#kept.get(key)
    if (state) this.#kept.delete(key)
    if (kept && kept.version === state.version) return this.#keep(key, atRevision(kept, state.revision))
    const request = {
      filter,
      after: undefined,
      limit: Number.POSITIVE_INFINITY,
      maxBytes: maxMessageBytes - TAIL_BYTES,
    }
    return whenThere(reader.list(request, options), (list) => {
      assertComplete(list, maxMessageBytes)
      const answer = encodeList(list, '')
      if (!state) return answer
      const sharedBytes = answer.length - encodeRevision(list.revision).length
      return this.#keep(key, { version: state.version, revision: list.revision, answer, sharedBytes })
    })
  }

  #keep(key: string, list: KeptList): Uint8Array {
    this.#kept.set(key, list)
    if (this.#kept.size > MAX_KEPT_LISTS) {
      const [oldest] = this.#kept.keys()
      this.#kept.delete(oldest!)
    }
    return list.answer
  }
}

function filterOf(platform: string | undefined, type: StreamType | undefined): StreamFilter {
  return { platforms: platform === undefined ? undefined : [platform], types: type && [type] }
}

/** The same list as it is at a later revision, which has changed none of its streams. */
function atRevision(list: KeptList, revision: Revision): KeptList {
  if (list.revision === revision) return list
  const answer = Buffer.concat([list.answer.subarray(0, list.sharedBytes), encodeRevision(revision)])
  return { ...list, revision, answer }
}
