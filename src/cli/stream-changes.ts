import type { Stream } from '../domain/stream.ts'
import { clockTime } from './stream-table.ts'

/** In what two states of a stream differ, a part each, for people. */
export function changesBetween(before: Stream, after: Stream): string[] {
  return [
    ...changed('custom name', before.customName, after.customName),
    ...changed('group name', before.groupInfo?.groupName, after.groupInfo?.groupName),
    ...changed('user', before.userInfo?.userId, after.userInfo?.userId),
    ...changed('nickname', before.userInfo?.userNickname, after.userInfo?.userNickname),
    ...changed('card name', before.userInfo?.userCardname, after.userInfo?.userCardname),
    ...changed('account', before.accountId, after.accountId),
    ...changed('scope', before.scope, after.scope),
    ...labelChanges(before.labels, after.labels),
    ...after.aliasIds.filter((id) => !before.aliasIds.includes(id)).map((id) => `+alias ${id}`),
    ...(before.createTime === after.createTime ? [] : [`created ${clockTime(after.createTime)}`]),
    ...(before.lastActiveTime === after.lastActiveTime ? [] : [`active ${clockTime(after.lastActiveTime)}`]),
  ]
}

function changed(what: string, before: string | undefined, after: string | undefined): string[] {
  return (before ?? '') === (after ?? '') ? [] : [`${what} ${quoted(before)} -> ${quoted(after)}`]
}

function labelChanges(before: Stream['labels'], after: Stream['labels']): string[] {
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key))
  const set = Object.entries(after).filter(([key, value]) => !Object.hasOwn(before, key) || before[key] !== value)
  return [...removed.map((key) => `-label ${key}`), ...set.map(([key, value]) => `+label ${key}=${value}`)]
}

function quoted(text: string | undefined): string {
  return text ? JSON.stringify(text) : 'none'
}
