import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { BatchGetStreamsRequestSchema, OpenStreamRequestSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { ChatApiError } from '../../src/domain/errors.ts'
import { validate } from '../../src/rpc/validate.ts'

function faultsOf(check: () => void): string[] {
  try {
    check()
  } catch (error) {
    if (error instanceof ChatApiError) return error.violations.map(({ field }) => field)
    throw error
  }
  return []
}

const opening = (request: MessageInitShape<typeof OpenStreamRequestSchema>) =>
  faultsOf(() => validate(OpenStreamRequestSchema, create(OpenStreamRequestSchema, request)))
const batch = (count: number, streamId: string) =>
  faultsOf(() =>
    validate(
      BatchGetStreamsRequestSchema,
      create(BatchGetStreamsRequestSchema, { streamIds: Array.from({ length: count }, () => streamId) }),
    ),
  )

describe('a request', () => {
  it('is told every fault, each by its field', () => {
    expect(batch(1_000, 'a')).toEqual([])
    expect(batch(1_000, '')).toHaveLength(1_000)
    expect(batch(3, '')).toEqual(['stream_ids[0]', 'stream_ids[1]', 'stream_ids[2]'])
    expect(opening({ platform: 'qq', groupId: '1', labels: { '': 'x' } })).toEqual(['labels[""]'])
    expect(opening({ platform: 'qq' })).toEqual(['group_id'])
  })

  it('is told the first fault alone where a list or map of it is far too long', () => {
    expect(batch(1_001, '')).toHaveLength(1)
    const labels = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [index, 'x'.repeat(2_000)]))
    expect(opening({ labels })).toHaveLength(1)
  })
})
