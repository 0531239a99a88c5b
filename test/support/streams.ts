import { etagOf } from '../../src/domain/etag.ts'
import { asFormerChat, deriveStreamId } from '../../src/domain/identity.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { Mutation } from '../../src/store/store.ts'

/** Of the deletions of tests. */
export const DELETE_TIME = 2_000_000_000

type Overrides = Partial<Stream>

/** A group stream on qq, last active at 1700000000, under its derived id unless told otherwise. */
export function groupStream(groupId: string, overrides: Overrides = {}): Stream {
  return complete(
    { groupInfo: { platform: overrides.platform ?? 'qq', groupId, groupName: `Group ${groupId}` } },
    overrides,
  )
}

/** A private stream on qq, last active at 1700000000, under its derived id unless told otherwise. */
export function privateStream(userId: string, overrides: Overrides = {}): Stream {
  return complete(
    { userInfo: { platform: overrides.platform ?? 'qq', userId, userNickname: `User ${userId}` } },
    overrides,
  )
}

/** A stream with neither group nor user. */
export function unknownStream(streamId: string, overrides: Overrides = {}): Stream {
  return complete({}, { streamId, ...overrides })
}

function complete(infos: Pick<Stream, 'userInfo' | 'groupInfo'>, overrides: Overrides): Stream {
  const stream = {
    platform: 'qq',
    accountId: '',
    scope: '',
    createTime: 1_600_000_000,
    lastActiveTime: 1_700_000_000,
    labels: {},
    aliasIds: [],
    ...infos,
    ...overrides,
  }
  const { groupInfo, userInfo } = stream
  const target = groupInfo
    ? { kind: 'group' as const, id: groupInfo.groupId }
    : userInfo && { kind: 'private' as const, id: userInfo.userId }
  return { streamId: deriveStreamId({ ...stream, target }) ?? '', ...stream }
}

/** Writes a stream that must not exist yet. */
export function creation(stream: Stream): Mutation {
  return { kind: 'put', stream, expect: null }
}

/** Writes `stream` over `before`. */
export function update(before: Stream, stream: Stream): Mutation {
  return { kind: 'put', stream, expect: etagOf(before) }
}

/** Deletes a stream long after all that happened in it. */
export function deletion(before: Stream, deleteTime = DELETE_TIME): Mutation {
  return { kind: 'delete', streamId: before.streamId, expect: etagOf(before), deleteTime }
}

/** Merges one stream into another. */
export function merge(source: Stream, target: Stream): Mutation[] {
  const [merged, before] = [mergedInto(target, source), etagOf(target)]
  return [
    { kind: 'put', stream: merged, expect: before },
    { kind: 'merge', streamId: source.streamId, expect: etagOf(source), mergedInto: target.streamId },
  ]
}

/** The target of a merge, after it. */
export function mergedInto(target: Stream, source: Stream): Stream {
  return {
    ...target,
    aliasIds: [...target.aliasIds, source.streamId, ...source.aliasIds],
    mergedChats: [...(target.mergedChats ?? []), asFormerChat(source), ...(source.mergedChats ?? [])],
  }
}
