import { type StreamFilter as FilterMessage, StreamType as TypeMessage } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { StreamFilter } from '../domain/filter.ts'
import type { StreamType } from '../domain/stream.ts'
import { fromTimestamp } from './convert.ts'

const types: ReadonlyMap<TypeMessage, StreamType> = new Map([
  [TypeMessage.PRIVATE, 'private'],
  [TypeMessage.GROUP, 'group'],
  [TypeMessage.UNKNOWN, 'unknown'],
])

/** The filter that a request names; one without fields, or none at all, means any stream. */
export function fromFilter(message: FilterMessage | undefined): StreamFilter {
  if (!message) return {}
  const { activeSince, quietSince, createdSince, nameContains } = message
  const given = {
    platforms: some(message.platforms),
    types: some(message.types)?.flatMap((type) => types.get(type) ?? []),
    accountIds: some(message.accountIds),
    scopes: some(message.scopes),
    streamIds: some(message.streamIds),
    groupIds: some(message.groupIds),
    userIds: some(message.userIds),
    excludeStreamIds: some(message.excludeStreamIds),
    nameContains: nameContains || undefined,
    labels: Object.keys(message.labels).length > 0 ? message.labels : undefined,
    activeSince: activeSince && fromTimestamp(activeSince),
    quietSince: quietSince && fromTimestamp(quietSince),
    createdSince: createdSince && fromTimestamp(createdSince),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function some<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length > 0 ? values : undefined
}
