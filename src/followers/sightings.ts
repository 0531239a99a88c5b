import type { Activity } from '../directory/activity.ts'
import type { GroupInfo, UserInfo } from '../domain/stream.ts'
import type { SourceRow } from '../importers/source.ts'

/** What messages say of chats, in the order in which they arrived: one activity a chat comes of them. */
export class Sightings {
  readonly #byStream = new Map<string, { place: string; activity: Activity }>()

  /** @param streamId the id that the activity has */
  see(place: string, streamId: string, activity: Activity): void {
    const before = this.#byStream.get(streamId)
    this.#byStream.set(streamId, { place, activity: before ? combined(before.activity, activity) : activity })
  }

  rows(): SourceRow[] {
    return [...this.#byStream].map(([streamId, { place, activity }]) => ({ place, streamId, activity }))
  }
}

/** Names follow the order of arrival, times the clock. */
function combined(before: Activity, activity: Activity): Activity {
  return {
    ...before,
    ...activity,
    userInfo: latestUser(before.userInfo, activity.userInfo),
    groupInfo: latestGroup(before.groupInfo, activity.groupInfo),
    activeTime: Math.max(before.activeTime, activity.activeTime),
  }
}

function latestUser(before: UserInfo | undefined, user: UserInfo | undefined): UserInfo | undefined {
  if (!before || !user || before.userId !== user.userId) return user ?? before
  return {
    ...user,
    userNickname: user.userNickname ?? before.userNickname,
    userCardname: user.userCardname ?? before.userCardname,
  }
}

function latestGroup(before: GroupInfo | undefined, group: GroupInfo | undefined): GroupInfo | undefined {
  return before && group ? { ...group, groupName: group.groupName ?? before.groupName } : (group ?? before)
}
