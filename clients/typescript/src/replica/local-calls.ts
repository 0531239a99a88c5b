import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type BatchGetStreamsResponse,
  type BatchResolveStreamsResponse,
  type ChatStream,
  ErrorReason,
  type GetAllStreamsResponse,
  type GetGroupStreamsResponse,
  type GetPrivateStreamsResponse,
  type GetStreamByGroupIdResponse,
  type GetStreamByUserIdResponse,
  type GetStreamInfoResponse,
  type GetStreamResponse,
  type GetStreamsSummaryResponse,
  type GetStreamTypeRequestSchema,
  type GetStreamTypeResponse,
  type QueryStreamsResponse,
  Resolution,
  type ResolveStreamResponse,
  SpecialType,
  StreamOrder,
  StreamType,
} from '../../gen/chatapi/v1/chat_api_pb.js'
import type { ListRequest, QueryRequest } from '../lists.ts'
import { byRecency, DEFAULT_PLATFORM, type Target, typeOf } from './chats.ts'
import { Checks, type PlatformRequest } from './checks.ts'
import type { Copy } from './copy.ts'
import type { Filter } from './filter.ts'
import { infoOf, shown } from './info.ts'
import { type ListName, listPage, queryPage } from './pages.ts'
import { failure, notFound } from './refusals.ts'
import { candidatesOf } from './resolver.ts'
import type { PlatformAliases } from './spellings.ts'

/** The streams of one moment. */
export interface Moment {
  readonly copy: Copy
  readonly revision: bigint
  /** Whether a stream with this id is known to have been deleted. */
  wasDeleted(streamId: string): boolean
}

export interface AtRevision {
  /** Throws REVISION_NOT_REACHED where the replica is not there yet; `waitFor` waits. */
  readonly atLeastRevision?: string | undefined
}

type LookupRequest = PlatformRequest & AtRevision
type AboutStream = AtRevision & Pick<Exclude<MessageInitShape<typeof GetStreamTypeRequestSchema>, undefined>, 'target'>

/** What the server tells whoever asks for a revision that it has not reached. */
const RETRY_AFTER_MS = 500
const NO_IDS: readonly string[] = []

/**
 * The calls of the contract, answered at once from a copy. They take what the calls of a client take, answer what these
 * answer, and throw what these reject with. The streams in the answers are those of the copy: they are not to be altered.
 */
export abstract class LocalCalls {
  readonly #aliases: PlatformAliases | undefined

  constructor(platformAliases: PlatformAliases | undefined) {
    this.#aliases = platformAliases
  }

  /** Throws where there is nothing to answer from yet. */
  protected abstract moment(method: string): Moment

  getAllStreams(request: ListRequest = {}): GetAllStreamsResponse {
    return { $typeName: 'chatapi.v1.GetAllStreamsResponse', ...this.#list('GetAllStreams', undefined, request) }
  }

  getGroupStreams(request: ListRequest = {}): GetGroupStreamsResponse {
    const list = this.#list('GetGroupStreams', StreamType.GROUP, request)
    return { $typeName: 'chatapi.v1.GetGroupStreamsResponse', ...list }
  }

  getPrivateStreams(request: ListRequest = {}): GetPrivateStreamsResponse {
    const list = this.#list('GetPrivateStreams', StreamType.PRIVATE, request)
    return { $typeName: 'chatapi.v1.GetPrivateStreamsResponse', ...list }
  }

  getStreamByGroupId(request: LookupRequest & { readonly groupId: string }): GetStreamByGroupIdResponse {
    const target = { kind: 'group', id: request.groupId ?? '' } as const
    const found = this.#find('GetStreamByGroupId', 'group_id', target, request)
    return { $typeName: 'chatapi.v1.GetStreamByGroupIdResponse', ...found }
  }

  getStreamByUserId(request: LookupRequest & { readonly userId: string }): GetStreamByUserIdResponse {
    const target = { kind: 'private', id: request.userId ?? '' } as const
    const found = this.#find('GetStreamByUserId', 'user_id', target, request)
    return { $typeName: 'chatapi.v1.GetStreamByUserIdResponse', ...found }
  }

  getStreamType(request: AboutStream): GetStreamTypeResponse {
    return { $typeName: 'chatapi.v1.GetStreamTypeResponse', type: typeOf(this.#meant('GetStreamType', request)) }
  }

  getStreamInfo(request: AboutStream): GetStreamInfoResponse {
    return { $typeName: 'chatapi.v1.GetStreamInfoResponse', info: infoOf(this.#meant('GetStreamInfo', request)) }
  }

  getStreamsSummary(request: AtRevision = {}): GetStreamsSummaryResponse {
    const { copy, revision } = this.#at('GetStreamsSummary', request)
    const byType = new Map<StreamType, number>()
    const platformStreams: Record<string, bigint> = {}
    let total = 0
    for (const [platform, counts] of copy.counts) {
      let ofPlatform = 0
      for (const [type, count] of counts) {
        byType.set(type, (byType.get(type) ?? 0) + count)
        ofPlatform += count
      }
      platformStreams[platform] = BigInt(ofPlatform)
      total += ofPlatform
    }
    return {
      $typeName: 'chatapi.v1.GetStreamsSummaryResponse',
      totalStreams: BigInt(total),
      groupStreams: BigInt(byType.get(StreamType.GROUP) ?? 0),
      privateStreams: BigInt(byType.get(StreamType.PRIVATE) ?? 0),
      unknownStreams: BigInt(byType.get(StreamType.UNKNOWN) ?? 0),
      qqStreams: Object.hasOwn(platformStreams, DEFAULT_PLATFORM) ? platformStreams[DEFAULT_PLATFORM]! : 0n,
      platformStreams,
      revision: String(revision),
    }
  }

  getStream(request: AtRevision & { readonly streamId: string }): GetStreamResponse {
    const { streamId = '' } = request
    const moment = this.#at('GetStream', request, (checks) => checks.streamId(streamId))
    const stream = moment.copy.get(streamId)
    if (!stream) throw notFound('GetStream', streamId, moment.wasDeleted(streamId))
    const aliasId = stream.streamId === streamId ? '' : streamId
    return { $typeName: 'chatapi.v1.GetStreamResponse', stream, aliasId }
  }

  batchGetStreams(request: AtRevision & { readonly streamIds: readonly string[] }): BatchGetStreamsResponse {
    const { streamIds = NO_IDS } = request
    const { copy } = this.#at('BatchGetStreams', request, (checks) =>
      checks.many('stream_ids', streamIds, (id, field) => checks.streamId(id, field)),
    )
    const streams = new Set<ChatStream>()
    const missingStreamIds: string[] = []
    const aliases: Record<string, string> = {}
    for (const streamId of new Set(streamIds)) {
      const stream = copy.get(streamId)
      if (!stream) missingStreamIds.push(streamId)
      else if (stream.streamId !== streamId) aliases[streamId] = stream.streamId
      if (stream) streams.add(stream)
    }
    return { $typeName: 'chatapi.v1.BatchGetStreamsResponse', streams: [...streams], missingStreamIds, aliases }
  }

  queryStreams(request: QueryRequest = {}): QueryStreamsResponse {
    const { filter = {}, orderBy = StreamOrder.UNSPECIFIED } = request
    const { copy, revision } = this.#at('QueryStreams', request, (checks) => {
      checks.filter(filter)
      checks.order(orderBy)
      checks.page(request)
    })
    const page = queryPage(copy, filter, orderBy, request)
    return { $typeName: 'chatapi.v1.QueryStreamsResponse', ...page, revision: String(revision) }
  }

  resolveStream(request: LookupRequest & { readonly target: string }): ResolveStreamResponse {
    const { target = '' } = request
    const { copy } = this.#at('ResolveStream', request, (checks) => {
      checks.target(target)
      checks.platform(request)
    })
    return this.#resolution(copy, target, request)
  }

  batchResolveStreams(request: LookupRequest & { readonly targets: readonly string[] }): BatchResolveStreamsResponse {
    const { targets = NO_IDS } = request
    const { copy } = this.#at('BatchResolveStreams', request, (checks) => {
      checks.many('targets', targets, (target, field) => checks.target(target, field))
      checks.platform(request)
    })
    const results = targets.map((target) => this.#resolution(copy, target, request))
    return { $typeName: 'chatapi.v1.BatchResolveStreamsResponse', results }
  }

  /** The stream that an id, its own or an alias, leads to; undefined where there is none. */
  get(streamId: string): ChatStream | undefined {
    return this.moment('GetStream').copy.get(streamId)
  }

  /** The one stream that a text means; undefined where it means none, or may mean several: `resolveStream` tells which. */
  resolve(target: string, platform: PlatformRequest = {}): ChatStream | undefined {
    return this.resolveStream({ target, ...platform }).stream
  }

  /** The streams that match, in an order. */
  query(filter: Filter = {}, orderBy: StreamOrder = StreamOrder.POSITION): ChatStream[] {
    return this.queryStreams({ filter, orderBy }).streams
  }

  #list(method: ListName, type: StreamType | undefined, request: ListRequest) {
    let platform: string | undefined
    const { copy, revision } = this.#at(method, request, (checks) => {
      platform = checks.platform(request)
      checks.page(request)
    })
    return { ...listPage(method, copy, platform, type, request), revision: String(revision) }
  }

  #find(method: string, field: string, target: Target, request: LookupRequest) {
    let platform: string | undefined
    const { copy } = this.#at(method, request, (checks) => {
      checks.chatId(field, target.id)
      platform = checks.platform(request)
    })
    const found = copy.find(target, platform)
    const [stream, ...others] = found.length > 1 ? found.sort(byRecency) : found
    return { ...(stream && { stream }), otherStreamIds: others.map(({ streamId }) => streamId) }
  }

  #meant(method: string, { target = { case: undefined }, atLeastRevision }: AboutStream): ChatStream {
    const streamId = target.case === 'streamId' ? target.value : undefined
    const moment = this.#at(method, { atLeastRevision }, (checks) => {
      if (target.case === undefined) checks.fail('target', 'one of stream_id and chat_stream is needed')
      if (streamId !== undefined) checks.streamId(streamId)
    })
    if (target.case === 'chatStream') return shown(target.value)
    const stream = moment.copy.get(streamId!)
    if (!stream) throw notFound(method, streamId!, moment.wasDeleted(streamId!))
    return stream
  }

  #resolution(copy: Copy, target: string, { platform, specialType }: PlatformRequest): ResolveStreamResponse {
    const open = specialType === SpecialType.ALL_PLATFORMS ? 'all' : 'default'
    const candidates = candidatesOf(copy, target, platform === undefined ? open : { only: platform }, this.#aliases)
    const $typeName = 'chatapi.v1.ResolveCandidate'
    const all = candidates.map((candidate) => ({ $typeName, ...candidate }) as const)
    const [first] = all
    const $answer = { $typeName: 'chatapi.v1.ResolveStreamResponse', candidates: all } as const
    if (!first) return { ...$answer, resolution: Resolution.NOT_FOUND }
    if (all.length > 1) return { ...$answer, resolution: Resolution.AMBIGUOUS }
    return { ...$answer, resolution: Resolution.FOUND, stream: first.stream }
  }

  /** What there is, for a request that is in order. */
  #at(method: string, { atLeastRevision = '' }: AtRevision, check?: (checks: Checks) => void): Moment {
    const checks = new Checks(method)
    if (atLeastRevision !== '') checks.revision(atLeastRevision)
    check?.(checks)
    checks.assertNone()
    const moment = this.moment(method)
    if (atLeastRevision !== '' && BigInt(atLeastRevision) > moment.revision) {
      const message = `the replica is at revision ${moment.revision}, and not yet at ${atLeastRevision}`
      throw failure(method, 'UNAVAILABLE', ErrorReason.REVISION_NOT_REACHED, message, { retryAfterMs: RETRY_AFTER_MS })
    }
    return moment
  }
}
