import { hash } from 'node:crypto'
import type { FormerChat, Stream } from './stream.ts'

/** 66 bits: enough that two states of one stream never meet, short enough to keep a million of them in memory. */
const ETAG_LENGTH = 11

/** Digests the whole content of a stream, so that it changes whoever wrote the stream, and is equal on every engine. */
export function etagOf(stream: Stream): string {
  const { userInfo, groupInfo, labels } = stream
  const content = JSON.stringify([
    stream.streamId,
    stream.platform,
    stream.accountId,
    stream.scope,
    userInfo && [userInfo.platform, userInfo.userId, userInfo.userNickname, userInfo.userCardname],
    groupInfo && [groupInfo.platform, groupInfo.groupId, groupInfo.groupName],
    stream.createTime,
    stream.lastActiveTime,
    Object.keys(labels)
      .sort()
      .map((key) => [key, labels[key]]),
    stream.aliasIds,
    // Left out where there is none, so that the etag is what it was before streams had such a name.
    ...(stream.customName ? [stream.customName] : []),
    ...(stream.mergedChats ? [stream.mergedChats.map(formerContent)] : []),
  ])
  return hash('sha1', content, 'base64url').slice(0, ETAG_LENGTH)
}

function formerContent({ streamId, platform, accountId, scope, groupId, userId }: FormerChat) {
  return [streamId, platform, accountId, scope, groupId, userId]
}
