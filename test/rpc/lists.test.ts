import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  GetAllStreamsRequestSchema,
  type GetAllStreamsResponse,
  GetAllStreamsResponseSchema,
  SpecialType,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Answers, List, ListRequest } from '../../src/directory/answers.ts'
import type { ListState } from '../../src/directory/rows.ts'
import type { Directory, RpcContext } from '../../src/rpc/context.ts'
import { openGate } from '../../src/rpc/gate.ts'
import { lists } from '../../src/rpc/lists.ts'
import { encodedBytes } from '../../src/wire/encoded.ts'
import { frames } from '../../src/wire/frames.ts'
import { groupStream } from '../support/streams.ts'

const MAX_MESSAGE_BYTES = 100_000

let state: ListState | undefined
let asked: ListRequest[]
let ask: (request: MessageInitShape<typeof GetAllStreamsRequestSchema>) => GetAllStreamsResponse

beforeEach(() => {
  state = { version: 1, revision: 5n }
  asked = []
  const list: List = { frames: [frames.encode(groupStream('1'))], next: undefined, total: 1, revision: 5n }
  const reader = {
    listState: () => state,
    list(request: ListRequest) {
      asked.push(request)
      return { ...list, revision: state?.revision ?? 5n }
    },
  } as Partial<Answers>
  const { getAllStreams } = lists({
    gate: openGate({ reader } as Directory),
    maxMessageBytes: MAX_MESSAGE_BYTES,
  } as RpcContext)
  ask = (request) => {
    const answer = getAllStreams(create(GetAllStreamsRequestSchema, request), {} as HandlerContext)
    return fromBinary(GetAllStreamsResponseSchema, encodedBytes(answer as object)!)
  }
})

describe('a complete list', () => {
  it('is put together once, while its streams are as they were', () => {
    const first = ask({})
    expect(first).toMatchObject({ totalSize: 1, revision: '5', nextPageToken: '', streams: [{ platform: 'qq' }] })
    expect(ask({})).toEqual(first)
    expect(asked).toHaveLength(1)
    state = { version: 2, revision: 6n }
    expect(ask({}).revision).toBe('6')
    expect(asked).toHaveLength(2)
  })

  it('tells the revision at which it still is so', () => {
    const first = ask({})
    for (const revision of [7n, 1_000_000n, 1_000_001n]) {
      state = { version: 1, revision }
      expect(ask({})).toEqual({ ...first, revision: String(revision) })
    }
    expect(asked).toHaveLength(1)
  })

  it('is put together each time where it is not known how it stands', () => {
    state = undefined
    for (let i = 0; i < 3; i++) expect(ask({})).toMatchObject({ totalSize: 1, revision: '5' })
    expect(asked).toHaveLength(3)
  })

  it('that is kept stays so while others ask for whom none is', () => {
    ask({})
    const known = state
    state = undefined
    ask({})
    state = known
    ask({})
    expect(asked).toHaveLength(2)
  })

  it('is kept for those of the last eight that were asked for', () => {
    const platforms = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    for (const platform of [...platforms, 'a']) ask({ platform })
    expect(asked).toHaveLength(8)
    ask({ platform: 'i' })
    ask({ platform: 'a' })
    expect(asked).toHaveLength(9)
    ask({ platform: 'b' })
    expect(asked).toHaveLength(10)
  })

  it('is another for each platform, and for all of them', () => {
    ask({ platform: 'a' })
    ask({ platform: 'b' })
    ask({ specialType: SpecialType.ALL_PLATFORMS })
    expect(asked.map(({ filter }) => filter.platforms)).toEqual([['a'], ['b'], undefined])
  })
})

describe('a page', () => {
  it('has at most as many streams as was asked for, and as the contract allows', () => {
    ask({ pageSize: 7 })
    ask({ pageSize: 10_001 })
    expect(asked.map(({ limit }) => limit)).toEqual([7, 10_000])
  })

  it('leaves room in its answer for what is beside the streams', () => {
    ask({ pageSize: 1 })
    ask({})
    expect(asked.map(({ maxBytes }) => maxBytes)).toEqual(Array(2).fill(MAX_MESSAGE_BYTES - 1_024))
  })
})
