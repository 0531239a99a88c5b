import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type StreamFilter as FilterMessage,
  type StreamFilterSchema,
  StreamType as TypeMessage,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { StreamFilter } from '../domain/filter.ts'
import { compareText, type StreamType } from '../domain/stream.ts'
import { toTimestamp, toTypeMessage } from './convert.ts'
import { timeOf } from './times.ts'

const types: ReadonlyMap<TypeMessage, StreamType> = new Map([
  [TypeMessage.PRIVATE, 'private'],
  [TypeMessage.GROUP, 'group'],
  [TypeMessage.UNKNOWN, 'unknown'],
])

/**
 * The filter that a request names; one without fields, or none at all, means any stream. Equal ones are equal as JSON.
 *
 * @param path of the filter in the request
 */
export function fromFilter(message: FilterMessage | undefined, path = 'filter'): StreamFilter {
  if (!message) return {}
  const { activeSince, quietSince, createdSince, nameContains } = message
  const labels = Object.entries(message.labels).sort(([a], [b]) => compareText(a, b))
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
    labels: labels.length > 0 ? Object.fromEntries(labels) : undefined,
    activeSince: activeSince && timeOf(activeSince, `${path}.active_since`),
    quietSince: quietSince && timeOf(quietSince, `${path}.quiet_since`),
    createdSince: createdSince && timeOf(createdSince, `${path}.created_since`),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** The filter as a request names it. */
export function toFilterMessage(filter: StreamFilter): MessageInitShape<typeof StreamFilterSchema> {
  const { types, activeSince, quietSince, createdSince, nameContains = '', labels = {} } = filter
  const many = (values: readonly string[] | undefined) => [...(values ?? [])]
  return {
    platforms: many(filter.platforms),
    types: (types ?? []).map(toTypeMessage),
    accountIds: many(filter.accountIds),
    scopes: many(filter.scopes),
    streamIds: many(filter.streamIds),
    groupIds: many(filter.groupIds),
    userIds: many(filter.userIds),
    excludeStreamIds: many(filter.excludeStreamIds),
    nameContains,
    labels: { ...labels },
    ...(activeSince !== undefined && { activeSince: toTimestamp(activeSince) }),
    ...(quietSince !== undefined && { quietSince: toTimestamp(quietSince) }),
    ...(createdSince !== undefined && { createdSince: toTimestamp(createdSince) }),
  }
}

function some<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length > 0 ? values : undefined
}
