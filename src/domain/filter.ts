import { targetOf } from './identity.ts'
import { type Stream, type StreamType, streamType } from './stream.ts'

/**
 * Which streams are meant. What is left out means any; the values of one field are alternatives, and all fields must hold.
 * A field with no values at all matches nothing. `groupIds` and `userIds` name chats together: one of them is enough.
 */
export interface StreamFilter {
  readonly platforms?: readonly string[] | undefined
  readonly types?: readonly StreamType[] | undefined
  readonly accountIds?: readonly string[] | undefined
  readonly scopes?: readonly string[] | undefined
  readonly streamIds?: readonly string[] | undefined
  /** The groups of group chats. */
  readonly groupIds?: readonly string[] | undefined
  /** The users of private chats. */
  readonly userIds?: readonly string[] | undefined
  readonly excludeStreamIds?: readonly string[] | undefined
  /** A part of one of the names: of the one given by people, of the group's, or of the user's of a private chat. */
  readonly nameContains?: string | undefined
  /** Each of these labels with this value. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Seconds since the Unix epoch: last active then or later. */
  readonly activeSince?: number | undefined
  /** Last active before then. */
  readonly quietSince?: number | undefined
  /** First recorded then or later. */
  readonly createdSince?: number | undefined
}

/** Matches every stream. */
export const ANY: StreamFilter = Object.freeze({})

/** What a filter looks at. Whoever has columns answers from them; `stream` is only asked for where they do not suffice. */
export interface Filterable {
  readonly platform: string
  readonly type: StreamType
  readonly accountId: string
  readonly scope: string
  readonly streamId: string
  readonly lastActiveTime: number
  readonly stream: Stream
}

export type Predicate = (row: Filterable) => boolean

/** The one meaning of a filter: whatever finds streams faster, by an index or a database, may only leave out others. */
export function predicateOf(filter: StreamFilter): Predicate {
  const tests: Predicate[] = []
  const oneOf = <T>(values: readonly T[] | undefined, of: (row: Filterable) => T) => {
    if (!values) return
    const wanted = new Set(values)
    tests.push((row) => wanted.has(of(row)))
  }
  oneOf(filter.platforms, ({ platform }) => platform)
  oneOf(filter.types, ({ type }) => type)
  oneOf(filter.accountIds, ({ accountId }) => accountId)
  oneOf(filter.scopes, ({ scope }) => scope)
  const { activeSince, quietSince, createdSince, excludeStreamIds, labels, nameContains } = filter
  if (activeSince !== undefined) tests.push(({ lastActiveTime }) => lastActiveTime >= activeSince)
  if (quietSince !== undefined) tests.push(({ lastActiveTime }) => lastActiveTime < quietSince)
  oneOf(filter.streamIds, ({ streamId }) => streamId)
  if (excludeStreamIds) {
    const unwanted = new Set(excludeStreamIds)
    tests.push(({ streamId }) => !unwanted.has(streamId))
  }
  if (filter.groupIds || filter.userIds) {
    const ids = { group: new Set(filter.groupIds), private: new Set(filter.userIds) }
    tests.push(({ stream }) => {
      const target = targetOf(stream)
      return target !== undefined && ids[target.kind].has(target.id)
    })
  }
  if (createdSince !== undefined) tests.push(({ stream }) => stream.createTime >= createdSince)
  for (const [key, value] of Object.entries(labels ?? {})) {
    tests.push(({ stream }) => Object.hasOwn(stream.labels, key) && stream.labels[key] === value)
  }
  if (nameContains !== undefined) {
    const wanted = folded(nameContains)
    tests.push(({ stream }) => namesOf(stream).some((name) => folded(name).includes(wanted)))
  }
  return (row) => tests.every((test) => test(row))
}

/** A stream as filters look at it. */
export function filterable(stream: Stream): Filterable {
  const { platform, accountId, scope, streamId, lastActiveTime } = stream
  return { platform, type: streamType(stream), accountId, scope, streamId, lastActiveTime, stream }
}

/** Whether the filter asks for nothing but platforms and types, by which streams are counted. */
export function isByPlatformAndType({ platforms: _, types: __, ...others }: StreamFilter): boolean {
  return Object.values(others).every((value) => value === undefined)
}

/** Text as names are compared: without regard to case, width and composition. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function namesOf({ customName, groupInfo, userInfo }: Stream): string[] {
  const names = groupInfo
    ? [customName, groupInfo.groupName]
    : [customName, userInfo?.userNickname, userInfo?.userCardname]
  return names.filter((name) => name !== undefined)
}
