import { invalidFields } from '../domain/errors.ts'
import { MAX_LABELS } from '../domain/limits.ts'
import type { GroupInfo, Stream, UserInfo } from '../domain/stream.ts'
import type { Tombstone } from '../domain/tombstone.ts'
import type { Activity } from './activity.ts'
import { newIdentity, newStreamId } from './chat.ts'

/** The stream that a first activity makes. */
export function newStream(activity: Activity): Stream {
  const { platform, accountId, scope } = newIdentity(activity)
  return {
    // An activity without an id of its own has a user or a group: `checkActivity`.
    streamId: newStreamId(activity)!,
    platform,
    accountId,
    scope,
    userInfo: activity.userInfo,
    groupInfo: activity.groupInfo,
    createTime: activity.createTime ?? activity.activeTime,
    lastActiveTime: activity.activeTime,
    labels: {},
    aliasIds: [],
    ...(activity.customName && { customName: activity.customName }),
  }
}

/** The stream after a further activity: the same object where the activity says nothing new. */
export function applyActivity(stream: Stream, activity: Activity): Stream {
  const isLatest = hasNewerNames(stream, activity)
  const next: Stream = {
    ...stream,
    userInfo: isOfAnother(stream, activity)
      ? stream.userInfo
      : latestUser(stream.userInfo, activity.userInfo, isLatest),
    groupInfo: latestGroup(stream.groupInfo, activity.groupInfo, isLatest),
    createTime: Math.min(stream.createTime, activity.createTime ?? stream.createTime),
    lastActiveTime: Math.max(stream.lastActiveTime, activity.activeTime),
    ...(!stream.customName && activity.customName && { customName: activity.customName }),
  }
  const isSame =
    next.customName === stream.customName &&
    next.userInfo === stream.userInfo &&
    next.groupInfo === stream.groupInfo &&
    next.createTime === stream.createTime &&
    next.lastActiveTime === stream.lastActiveTime
  return isSame ? stream : next
}

/**
 * The stream with what another store knows of the chat besides: the same object where that is nothing. Names and times
 * are those of activity; of the rest what is here stays, and what is missing comes in.
 */
export function supplemented(stream: Stream, other: Stream): Stream {
  const active = applyActivity(stream, { ...other, activeTime: other.lastActiveTime, customName: undefined })
  // What was merged into this stream lends it its ids, and not what people said of the other chat.
  const isItself = stream.streamId === other.streamId
  const labels = isItself ? { ...other.labels, ...stream.labels } : stream.labels
  const customName = stream.customName ?? (isItself ? other.customName : undefined)
  const { aliasIds, mergedChats } = joined(stream, other)
  const labelCount = Object.keys(labels).length
  if (labelCount > MAX_LABELS) {
    const description = `would be ${labelCount} together with those that are here; at most ${MAX_LABELS} are kept`
    throw invalidFields([{ field: 'labels', description }])
  }
  const isSame =
    labelCount === Object.keys(stream.labels).length &&
    customName === stream.customName &&
    aliasIds === stream.aliasIds &&
    mergedChats === stream.mergedChats
  if (isSame) return active
  return { ...active, labels, aliasIds, ...(customName && { customName }), ...(mergedChats && { mergedChats }) }
}

/**
 * The stream of a deleted chat that is back.
 *
 * @param made what it would be if it had never been there
 */
export function revived(tombstone: Tombstone, made: Stream): Stream {
  const { streamId, platform, accountId, scope, aliasIds, mergedChats } = tombstone
  const ofChat = { ...made, streamId, platform, accountId, scope, aliasIds, mergedChats }
  return { ...ofChat, ...infosOf(tombstone, made), ...joined(ofChat, made) }
}

/** A chat that was merged into a deleted one may have brought that back, and knows no names of it. */
function infosOf({ platform, groupId, userId }: Tombstone, made: Stream): Pick<Stream, 'groupInfo' | 'userInfo'> {
  const { groupInfo, userInfo } = made
  if (groupId !== undefined)
    return { userInfo, groupInfo: groupInfo?.groupId === groupId ? groupInfo : { platform, groupId } }
  if (userId !== undefined) return { userInfo: userInfo?.userId === userId ? userInfo : { platform, userId } }
  return {}
}

/** What leads to a stream, and what led to another one besides. The same lists where that is nothing. */
export function joined(
  stream: Stream,
  other: Pick<Stream, 'aliasIds' | 'mergedChats'>,
): Pick<Stream, 'aliasIds' | 'mergedChats'> {
  const { streamId, aliasIds, mergedChats } = stream
  const newIds = other.aliasIds.filter((id) => id !== streamId && !aliasIds.includes(id))
  const newChats = (other.mergedChats ?? []).filter(
    (chat) => chat.streamId !== streamId && !mergedChats?.some((known) => known.streamId === chat.streamId),
  )
  return {
    aliasIds: newIds.length === 0 ? aliasIds : [...aliasIds, ...newIds],
    mergedChats: newChats.length === 0 ? mergedChats : [...(mergedChats ?? []), ...newChats],
  }
}

function hasNewerNames(stream: Stream, { activeTime, names }: Activity): boolean {
  return names === undefined ? activeTime >= stream.lastActiveTime : names === 'newer'
}

/** In a private chat the user is the chat: that of activity which an alias led here is not taken for it. */
function isOfAnother({ groupInfo, userInfo }: Stream, activity: Activity): boolean {
  return groupInfo === undefined && userInfo !== undefined && activity.userInfo?.userId !== userInfo.userId
}

function latestUser(recorded: UserInfo | undefined, seen: UserInfo | undefined, isLatest: boolean) {
  if (!recorded || !seen) return recorded ?? seen
  if (recorded.userId !== seen.userId || recorded.platform !== seen.platform) return isLatest ? seen : recorded
  const userNickname = latestName(recorded.userNickname, seen.userNickname, isLatest)
  const userCardname = latestName(recorded.userCardname, seen.userCardname, isLatest)
  const isSame = userNickname === recorded.userNickname && userCardname === recorded.userCardname
  return isSame ? recorded : { ...recorded, userNickname, userCardname }
}

function latestGroup(recorded: GroupInfo | undefined, seen: GroupInfo | undefined, isLatest: boolean) {
  if (!recorded || !seen) return recorded ?? seen
  // An alias led the activity of another group here.
  if (recorded.groupId !== seen.groupId) return recorded
  const groupName = latestName(recorded.groupName, seen.groupName, isLatest)
  return groupName === recorded.groupName ? recorded : { ...recorded, groupName }
}

/** Late activity fills a name that is missing and replaces none. */
function latestName(recorded: string | undefined, seen: string | undefined, isLatest: boolean): string | undefined {
  return isLatest ? (seen ?? recorded) : (recorded ?? seen)
}
