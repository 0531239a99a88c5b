import { targetsOf } from './identity.ts'
import { folded, namesOf } from './names.ts'
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
  /** The groups of group chats, or of chats that were merged into others. */
  readonly groupIds?: readonly string[] | undefined
  /** The users of private chats, likewise. */
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
  readonly createTime: number
  readonly lastActiveTime: number
  readonly labels: Stream['labels']
  readonly stream: Stream
}

export type Predicate = (row: Filterable) => boolean

/** The one meaning of a filter: whatever finds streams faster, by an index or a database, may only leave out others. */
export function predicateOf(filter: StreamFilter): Predicate {
  const tests: Predicate[] = []
  const oneOf = <T>(values: readonly T[] | undefined, of: (row: Filterable) => T) => {
    if (!values) return
    const wanted = new Set(values)
    const [only] = wanted
    tests.push(wanted.size === 1 ? (row) => of(row) === only : (row) => wanted.has(of(row)))
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
    tests.push(({ stream }) => targetsOf(stream).some(({ kind, id }) => ids[kind].has(id)))
  }
  if (createdSince !== undefined) tests.push(({ createTime }) => createTime >= createdSince)
  for (const [key, value] of Object.entries(labels ?? {})) {
    tests.push(({ labels }) => Object.hasOwn(labels, key) && labels[key] === value)
  }
  if (nameContains !== undefined) {
    const wanted = folded(nameContains)
    tests.push(({ stream }) => namesOf(stream).some((name) => folded(name).includes(wanted)))
  }
  return all(tests)
}

/** Looking through many streams, this is most of the time: a loop takes half of what `every` does. */
function all(tests: readonly Predicate[]): Predicate {
  const [only] = tests
  if (only && tests.length === 1) return only
  return (row) => {
    for (const test of tests) if (!test(row)) return false
    return true
  }
}

/** A stream as filters look at it. */
export function filterable(stream: Stream): Filterable {
  return { ...stream, type: streamType(stream), stream }
}

/** Whether the filter asks for nothing but platforms and types, by which streams are counted. */
export function isByPlatformAndType({ platforms: _, types: __, ...others }: StreamFilter): boolean {
  return asksForNothing(others)
}

/** Whether the filter matches every stream. */
export function asksForNothing(filter: StreamFilter): boolean {
  return Object.values(filter).every((value) => value === undefined)
}
