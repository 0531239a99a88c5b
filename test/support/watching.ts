import type { MessageInitShape } from '@bufbuild/protobuf'
import type { CallOptions } from '@connectrpc/connect'
import {
  ChangeKind,
  type ChatStream,
  type StreamChange,
  type WatchStreamsRequestSchema,
  type WatchStreamsResponse,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { ChatApiClient } from './service.ts'

type Request = MessageInitShape<typeof WatchStreamsRequestSchema>

/** A watch whose promises are checked with each message: it keeps a copy of what it is told. */
export class Watching {
  readonly copy = new Map<string, ChatStream>()
  readonly messages: WatchStreamsResponse[] = []
  /** The last token. */
  token = ''
  revision = 0n
  readonly #answers: AsyncIterator<WatchStreamsResponse>
  readonly #ending = new AbortController()
  /** Whether the copy holds all that matches. */
  #isWhole = false
  #isOmittingPrevious: boolean
  #isAmidCommit = false

  constructor(client: ChatApiClient, request: Request = {}, options: CallOptions = {}) {
    this.#isOmittingPrevious = request.omitPrevious ?? false
    this.#answers = client.watchStreams(request, { signal: this.#ending.signal, ...options })[Symbol.asyncIterator]()
  }

  /** Takes in the next message. */
  async next(): Promise<WatchStreamsResponse['event']> {
    const { value, done } = await this.#answers.next()
    if (done) throw new Error('the watch ended without an error')
    this.#check(value)
    this.messages.push(value)
    return value.event
  }

  /** Takes in messages up to one of a kind. */
  async until(kind: NonNullable<WatchStreamsResponse['event']['case']>): Promise<WatchStreamsResponse> {
    while ((await this.next()).case !== kind);
    return this.messages.at(-1)!
  }

  /** Takes in messages until the snapshot is whole. */
  async snapshot(): Promise<this> {
    for (;;) {
      const event = await this.next()
      if (event.case === 'bookmark' && event.value.snapshotComplete) return this
    }
  }

  /** The changes of the next commits, in short, until there are so many. */
  async changes(count: number): Promise<string[]> {
    const seen: string[] = []
    while (seen.length < count) {
      const { event } = await this.until('commit')
      if (event.case !== 'commit') continue
      for (const { kind, streamId, mergedIntoStreamId } of event.value.changes) {
        seen.push([ChangeKind[kind], streamId, mergedIntoStreamId].filter(Boolean).join(' '))
      }
    }
    return seen
  }

  end(): void {
    this.#ending.abort()
  }

  #check({ event, resumeToken }: WatchStreamsResponse): void {
    if ((this.messages.length === 0) !== (event.case === 'opened')) throw new Error(`${event.case} came out of turn`)
    switch (event.case) {
      case 'snapshot':
        if (resumeToken) throw new Error('a token within a snapshot')
        for (const stream of event.value.streams) {
          if (this.copy.has(stream.streamId)) throw new Error(`${stream.streamId} came twice`)
          this.copy.set(stream.streamId, stream)
        }
        if (event.value.positions.length !== event.value.streams.length) throw new Error('positions do not fit')
        break
      case 'commit': {
        const revision = BigInt(event.value.revision)
        if (this.#isAmidCommit ? revision !== this.revision : revision <= this.revision) {
          throw new Error(`revision ${revision} after ${this.revision}`)
        }
        if (!resumeToken !== event.value.more) throw new Error('a token belongs to the end of a commit')
        this.#isAmidCommit = event.value.more
        this.revision = revision
        for (const change of event.value.changes) this.#apply(change)
        break
      }
      case 'bookmark': {
        const { revision, snapshotComplete, matching, digest } = event.value
        if (BigInt(revision) < this.revision || this.#isAmidCommit) throw new Error('a bookmark overtook a commit')
        this.revision = BigInt(revision)
        this.#isWhole ||= snapshotComplete
        if (!this.#isWhole) break
        const own = [...this.copy.values()].reduce((sum, { etag }) => sum ^ etagNumber(etag), 0n)
        if (Number(matching) !== this.copy.size || digest !== own) throw new Error('the copy is not what it should be')
        break
      }
    }
    if (resumeToken) this.token = resumeToken
  }

  #apply({ stream, previous, kind, streamId }: StreamChange): void {
    const held = this.copy.get(streamId)
    const isNew = kind === ChangeKind.OPENED || kind === ChangeKind.ENTERED
    if (this.#isWhole && (held !== undefined) === isNew) throw new Error(`${ChangeKind[kind]} does not fit ${streamId}`)
    if (this.#isWhole && !this.#isOmittingPrevious && held?.etag !== previous?.etag)
      throw new Error('previous is not so')
    if (stream) this.copy.set(streamId, stream)
    else this.copy.delete(streamId)
  }
}

function etagNumber(etag: string): bigint {
  return Buffer.from(etag, 'base64url').readBigUInt64BE(0)
}
