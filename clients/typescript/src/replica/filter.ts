import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ChatStream, StreamFilterSchema } from '../../gen/chatapi/v1/chat_api_pb.js'
import { secondsOf, targetsOf, typeOf } from './chats.ts'
import { folded, namesOf } from './names.ts'

/** Which streams are meant; `StreamFilter` explains each field. */
export type Filter = Exclude<MessageInitShape<typeof StreamFilterSchema>, undefined>

export type Predicate = (stream: ChatStream) => boolean

/** What a filter means; undefined where it means any stream. */
export function predicateOf(filter: Filter): Predicate | undefined {
  const tests: Predicate[] = []
  const oneOf = <T>(values: readonly T[] | undefined, of: (stream: ChatStream) => T) => {
    if (!values?.length) return
    const wanted = new Set(values)
    tests.push((stream) => wanted.has(of(stream)))
  }
  oneOf(filter.platforms, ({ platform }) => platform)
  oneOf(filter.types, typeOf)
  oneOf(filter.accountIds, ({ accountId }) => accountId)
  oneOf(filter.scopes, ({ scope }) => scope)
  oneOf(filter.streamIds, ({ streamId }) => streamId)
  const { activeSince, quietSince, createdSince, excludeStreamIds, groupIds, userIds, labels, nameContains } = filter
  if (activeSince) tests.push(isSince(activeSince, (stream) => stream.lastActiveTime))
  if (createdSince) tests.push(isSince(createdSince, (stream) => stream.createTime))
  if (quietSince) {
    const isActive = isSince(quietSince, (stream) => stream.lastActiveTime)
    tests.push((stream) => !isActive(stream))
  }
  if (excludeStreamIds?.length) {
    const unwanted = new Set(excludeStreamIds)
    tests.push(({ streamId }) => !unwanted.has(streamId))
  }
  if (groupIds?.length || userIds?.length) {
    const ids = { group: new Set(groupIds), private: new Set(userIds) }
    tests.push((stream) => targetsOf(stream).some(({ kind, id }) => ids[kind].has(id)))
  }
  for (const [key, value] of Object.entries(labels ?? {})) {
    tests.push(({ labels }) => Object.hasOwn(labels, key) && labels[key] === value)
  }
  if (nameContains) {
    const wanted = folded(nameContains)
    tests.push((stream) => namesOf(stream).some((name) => folded(name).includes(wanted)))
  }
  return tests.length === 0 ? undefined : (stream) => tests.every((test) => test(stream))
}

type Time = Exclude<Filter['activeSince'], undefined>

function isSince(time: Time, of: (stream: ChatStream) => ChatStream['createTime']): Predicate {
  const since = secondsOf({ seconds: time.seconds ?? 0n, nanos: time.nanos ?? 0 })
  return (stream) => secondsOf(of(stream)) >= since
}

/** Whether a filter asks for nothing but one type or any, on one platform or any: what lists are of. */
export function isListed(filter: Filter): boolean {
  const { platforms = [], types = [] } = filter
  return platforms.length <= 1 && types.length <= 1 && !predicateOf({ ...filter, platforms: [], types: [] })
}
