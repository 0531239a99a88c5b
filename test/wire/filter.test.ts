import { create } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'
import { StreamFilterSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { StreamFilter } from '../../src/domain/filter.ts'
import { fromFilter, toFilterMessage } from '../../src/wire/filter.ts'

it.each<[string, StreamFilter]>([
  ['for everything', {}],
  [
    'with every field',
    {
      platforms: ['qq', 'telegram'],
      types: ['group', 'private', 'unknown'],
      accountIds: ['', '1'],
      scopes: [''],
      streamIds: ['a'],
      groupIds: ['1'],
      userIds: ['2'],
      excludeStreamIds: ['b'],
      nameContains: 'mai',
      labels: { a: '1', b: '' },
      activeSince: 1_700_000_000.25,
      quietSince: 0,
      createdSince: -1.5,
    },
  ],
])('a filter %s comes back as it was', (_what, filter) => {
  expect(fromFilter(create(StreamFilterSchema, toFilterMessage(filter)))).toEqual(filter)
})
