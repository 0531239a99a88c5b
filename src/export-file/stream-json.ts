import { displayName } from '../domain/display-name.ts'
import { etagOf } from '../domain/etag.ts'
import { type FormerChat, type Stream, type StreamType, streamType } from '../domain/stream.ts'
import { formatTime, joinTime, splitTime } from '../domain/timestamp.ts'
import type { StoredStream } from '../store/store.ts'
import { type JsonObject, JsonReader } from './json-reader.ts'

const TYPE_NAMES: Readonly<Record<StreamType, string>> = {
  private: 'STREAM_TYPE_PRIVATE',
  group: 'STREAM_TYPE_GROUP',
  unknown: 'STREAM_TYPE_UNKNOWN',
}

/**
 * The line of a stream. The stream is in it as a `ChatStream` of the contract in JSON, by hand, since nothing here knows
 * generated code; test/export-file/stream-json.test.ts holds it equal to what protobuf writes. A time that is no whole
 * number of nanoseconds, as there are between 1969 and 1970, stands beside it in full.
 */
export function writeLine({ position, stream }: StoredStream): string {
  const { createTime, lastActiveTime } = stream
  return JSON.stringify({
    stream: toJson(stream),
    position: String(position),
    ...(!isExact(createTime) && { create_time: createTime }),
    ...(!isExact(lastActiveTime) && { last_active_time: lastActiveTime }),
  })
}

/** Reads such a line. Throws `JsonFault`. */
export function readLine(line: JsonObject): StoredStream {
  const reader = new JsonReader(line, '', ['stream', 'position', 'create_time', 'last_active_time'])
  const { stream, etag } = fromJson(reader.object('stream'))
  const exact: Stream = {
    ...stream,
    createTime: reader.number('create_time') ?? stream.createTime,
    lastActiveTime: reader.number('last_active_time') ?? stream.lastActiveTime,
  }
  const expected = etagOf(exact)
  if (etag !== expected)
    throw reader.fault('stream.etag', `is ${JSON.stringify(etag)}, and that of the rest ${expected}`)
  return { position: reader.count('position'), streamId: exact.streamId, stream: exact }
}

function isExact(time: number): boolean {
  return joinTime(splitTime(time)) === time
}

function toJson(stream: Stream): JsonObject {
  const { userInfo: user, groupInfo: group, labels, aliasIds } = stream
  return {
    streamId: stream.streamId,
    platform: stream.platform,
    ...(user && {
      userInfo: {
        ...(user.platform && { platform: user.platform }),
        userId: user.userId,
        userNickname: user.userNickname,
        userCardname: user.userCardname,
      },
    }),
    ...(group && {
      groupInfo: {
        ...(group.platform && { platform: group.platform }),
        groupId: group.groupId,
        groupName: group.groupName,
      },
    }),
    createTime: formatTime(stream.createTime),
    lastActiveTime: formatTime(stream.lastActiveTime),
    ...(stream.accountId && { accountId: stream.accountId }),
    ...(stream.scope && { scope: stream.scope }),
    type: TYPE_NAMES[streamType(stream)],
    displayName: displayName(stream),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(aliasIds.length > 0 && { aliasIds }),
    etag: etagOf(stream),
    ...(stream.customName && { customName: stream.customName }),
    ...(stream.mergedChats && { mergedChats: stream.mergedChats.map(formerToJson) }),
  }
}

function formerToJson({ streamId, platform, accountId, scope, groupId, userId }: FormerChat): JsonObject {
  return {
    ...(streamId && { streamId }),
    ...(platform && { platform }),
    ...(accountId && { accountId }),
    ...(scope && { scope }),
    groupId,
    userId,
  }
}

const STREAM_FIELDS = [
  ...['streamId', 'platform', 'userInfo', 'groupInfo', 'createTime', 'lastActiveTime', 'accountId', 'scope', 'type'],
  ...['displayName', 'labels', 'aliasIds', 'etag', 'customName', 'mergedChats'],
]
const FORMER_FIELDS = ['streamId', 'platform', 'accountId', 'scope', 'groupId', 'userId']
const USER_FIELDS = ['platform', 'userId', 'userNickname', 'userCardname']
const GROUP_FIELDS = ['platform', 'groupId', 'groupName']

function fromJson(json: JsonObject): { stream: Stream; etag: string } {
  const reader = new JsonReader(json, 'stream', STREAM_FIELDS)
  const user = reader.optionalObject('userInfo')
  const group = reader.optionalObject('groupInfo')
  const customName = reader.text('customName')
  const mergedChats = reader.objectList('mergedChats')
  return {
    etag: reader.text('etag'),
    stream: {
      streamId: reader.requiredText('streamId'),
      platform: reader.requiredText('platform'),
      accountId: reader.text('accountId'),
      scope: reader.text('scope'),
      ...(user && { userInfo: userOf(new JsonReader(user, 'stream.userInfo', USER_FIELDS)) }),
      ...(group && { groupInfo: groupOf(new JsonReader(group, 'stream.groupInfo', GROUP_FIELDS)) }),
      createTime: reader.time('createTime'),
      lastActiveTime: reader.time('lastActiveTime'),
      labels: reader.texts('labels'),
      aliasIds: reader.textList('aliasIds'),
      ...(customName && { customName }),
      ...(mergedChats.length > 0 && {
        mergedChats: mergedChats.map((chat) => formerOf(new JsonReader(chat, 'stream.mergedChats', FORMER_FIELDS))),
      }),
    },
  }
}

function formerOf(reader: JsonReader): FormerChat {
  return {
    streamId: reader.text('streamId'),
    platform: reader.text('platform'),
    accountId: reader.text('accountId'),
    scope: reader.text('scope'),
    groupId: reader.optionalText('groupId'),
    userId: reader.optionalText('userId'),
  }
}

function userOf(reader: JsonReader): Stream['userInfo'] {
  return {
    platform: reader.text('platform'),
    userId: reader.text('userId'),
    userNickname: reader.optionalText('userNickname'),
    userCardname: reader.optionalText('userCardname'),
  }
}

function groupOf(reader: JsonReader): Stream['groupInfo'] {
  return {
    platform: reader.text('platform'),
    groupId: reader.text('groupId'),
    groupName: reader.optionalText('groupName'),
  }
}
