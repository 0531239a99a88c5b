import { type Document, Double, Int32, Long, ObjectId } from 'mongodb'

let counter = 0

/** As the server makes them: the second, five bytes of the process, a rising count. */
export function objectId(second: number): ObjectId {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(second, 0)
  bytes.fill(7, 4, 9)
  bytes.writeUIntBE(++counter, 9, 3)
  return new ObjectId(bytes)
}

/** A group as version 0.5.13 wrote it: int id, int creation, a float for the rest. */
export function intGroup(second: number, groupId: number, more: Document = {}): Document {
  return {
    _id: objectId(second),
    stream_id: `int-group-${groupId}`,
    platform: 'qq',
    user_info: { platform: 'qq', user_id: new Int32(7), user_nickname: 'Seven' },
    group_info: { platform: 'qq', group_id: integer(groupId), group_name: `Group ${groupId}` },
    create_time: new Int32(1_700_000_000),
    last_active_time: new Double(1_700_000_100.5),
    ...more,
  }
}

/** A private chat whose names the bot did not know, so their keys are absent. */
export function intUser(second: number, userId: number, more: Document = {}): Document {
  return {
    _id: objectId(second),
    stream_id: `int-user-${userId}`,
    platform: 'qq',
    user_info: { platform: 'qq', user_id: integer(userId) },
    group_info: null,
    create_time: new Int32(1_700_000_000),
    last_active_time: new Int32(1_700_000_000),
    ...more,
  }
}

/** Documents that are no streams, by what is wrong with them. */
export const NO_STREAMS: Readonly<Record<string, Document>> = {
  'stream_id is not a text': intGroup(50, 1, { stream_id: undefined }),
  'platform is neither text nor a number': intGroup(50, 2, { stream_id: 'no-platform', platform: null }),
  'create_time is not a time in seconds': intGroup(50, 3, { stream_id: 'nan', create_time: Number.NaN }),
  'last_active_time is not a time in seconds': intGroup(50, 4, { stream_id: 'text', last_active_time: '1700000000' }),
  'group_info is not a document': intGroup(50, 5, { stream_id: 'a-list', group_info: ['qq', 5] }),
  'user_info.user_id is neither text nor a number': intGroup(50, 6, {
    stream_id: 'id-document',
    user_info: { platform: 'qq', user_id: { $numberInt: 1 } },
  }),
  'group_info.group_id is neither text nor a number': intGroup(50, 7, {
    stream_id: 'id-infinite',
    group_info: { platform: 'qq', group_id: Number.POSITIVE_INFINITY },
  }),
}

/** Documents with one field over the limits of src/domain/limits.ts, by what is wrong with them. */
export const OVER_LIMITS: Readonly<Record<string, Document>> = {
  'stream_id has 900 bytes, over the limit of 255': intGroup(51, 1, { stream_id: 's'.repeat(900) }),
  'platform has 257 bytes, over the limit of 256': overLimit(2, { platform: 'p'.repeat(257) }),
  'account_id has 513 bytes, over the limit of 512': overLimit(3, { account_id: 'a'.repeat(513) }),
  'scope has 513 bytes, over the limit of 512': overLimit(4, { scope: 's'.repeat(513) }),
  'user_info.platform has 257 bytes, over the limit of 256': overLimit(5, {
    user_info: { platform: 'p'.repeat(257), user_id: '5' },
  }),
  'user_info.user_id has 513 bytes, over the limit of 512': overLimit(6, { user_info: { user_id: '6'.repeat(513) } }),
  'user_info.user_nickname has 16386 bytes, over the limit of 16384': overLimit(7, {
    user_info: { user_id: '7', user_nickname: '名'.repeat(5_462) },
  }),
  'user_info.user_cardname has 16385 bytes, over the limit of 16384': overLimit(8, {
    user_info: { user_id: '8', user_cardname: 'c'.repeat(16_385) },
  }),
  'group_info.platform has 257 bytes, over the limit of 256': overLimit(9, {
    group_info: { platform: 'p'.repeat(257), group_id: '9' },
  }),
  'group_info.group_id has 513 bytes, over the limit of 512': overLimit(10, {
    group_info: { group_id: '1'.repeat(513) },
  }),
  'group_info.group_name has 1200000 bytes, over the limit of 16384': overLimit(11, {
    group_info: { group_id: '11', group_name: 'g'.repeat(1_200_000) },
  }),
  'labels are 65 pairs, over the limit of 64': overLimit(12, { labels: labelPairs(65) }),
  'a key of labels has 129 bytes, over the limit of 128': overLimit(13, {
    labels: [...labelPairs(1), { key: 'k'.repeat(129), value: '' }],
  }),
  'a value of labels has 1025 bytes, over the limit of 1024': overLimit(14, {
    labels: [...labelPairs(1), { key: 'k', value: 'v'.repeat(1_025) }],
  }),
  'an entry of alias_ids has 256 bytes, over the limit of 255': overLimit(15, { alias_ids: ['a', 'a'.repeat(256)] }),
}

/** A group with every field at its limit. */
export const AT_LIMITS: Document = intGroup(52, 1, {
  stream_id: 's'.repeat(255),
  platform: 'p'.repeat(256),
  account_id: 'a'.repeat(512),
  scope: 's'.repeat(512),
  user_info: {
    platform: 'p'.repeat(256),
    user_id: '1'.repeat(512),
    user_nickname: 'n'.repeat(16_384),
    user_cardname: 'c'.repeat(16_384),
  },
  group_info: { platform: 'p'.repeat(256), group_id: '1'.repeat(512), group_name: 'é'.repeat(8_192) },
  labels: [...labelPairs(63), { key: 'k'.repeat(128), value: 'v'.repeat(1_024) }],
  alias_ids: ['a'.repeat(255)],
})

function overLimit(groupId: number, more: Document): Document {
  return intGroup(51, groupId, { stream_id: `over-${groupId}`, ...more })
}

function labelPairs(count: number): Document[] {
  return Array.from({ length: count }, (_, i) => ({ key: `key-${i}`, value: `value-${i}` }))
}

function integer(value: number): Int32 | Long {
  return value < 2 ** 31 ? new Int32(value) : Long.fromNumber(value)
}
