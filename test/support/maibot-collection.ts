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

function integer(value: number): Int32 | Long {
  return value < 2 ** 31 ? new Int32(value) : Long.fromNumber(value)
}
