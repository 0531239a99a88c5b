import type { Timestamp } from '@bufbuild/protobuf/wkt'

/** What a bot saw in one chat, as it is sent. */
export interface Sighting {
  readonly platform: string
  readonly accountId?: string
  readonly scope?: string
  readonly groupInfo?: { readonly groupId: string; readonly groupName?: string }
  readonly userInfo?: { readonly userId: string; readonly userNickname?: string; readonly userCardname?: string }
  readonly activeTime: Pick<Timestamp, 'seconds' | 'nanos'>
}

/** What a bot saw, one entry a chat, until it is sent: a bounded number, in the order in which they were first seen. */
export class Sightings {
  readonly #limit: number
  readonly #byChat = new Map<string, Sighting>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#byChat.size
  }

  /** Takes in what was seen last in a chat. False where there is no room for another chat. */
  add(sighting: Sighting): boolean {
    return this.#put(sighting, (before) => combined(before, sighting))
  }

  /** Takes in what could not be sent; what was seen of the chat since is newer. */
  putBack(sighting: Sighting): boolean {
    return this.#put(sighting, (newer) => combined(sighting, newer))
  }

  /** Hands out the chats that have waited longest. */
  take(count: number): Sighting[] {
    const entries = [...this.#byChat].slice(0, count)
    for (const [key] of entries) this.#byChat.delete(key)
    return entries.map(([, sighting]) => sighting)
  }

  #put(sighting: Sighting, combine: (known: Sighting) => Sighting): boolean {
    const key = keyOf(sighting)
    const known = this.#byChat.get(key)
    if (!known && this.#byChat.size >= this.#limit) return false
    this.#byChat.set(key, known ? combine(known) : sighting)
    return true
  }
}

function keyOf({ platform, accountId, scope, groupInfo, userInfo }: Sighting): string {
  return JSON.stringify([platform, accountId, scope, groupInfo?.groupId ?? null, groupInfo ? null : userInfo?.userId])
}

function combined(before: Sighting, after: Sighting): Sighting {
  const { groupInfo = before.groupInfo } = after
  const isSameUser = before.userInfo?.userId === after.userInfo?.userId
  const userInfo = after.userInfo
    ? isSameUser
      ? { ...before.userInfo, ...after.userInfo }
      : after.userInfo
    : before.userInfo
  return {
    ...after,
    ...(groupInfo && { groupInfo: { ...before.groupInfo, ...groupInfo } }),
    ...(userInfo && { userInfo }),
    activeTime: isLater(before.activeTime, after.activeTime) ? before.activeTime : after.activeTime,
  }
}

function isLater(a: Sighting['activeTime'], b: Sighting['activeTime']): boolean {
  return a.seconds === b.seconds ? a.nanos > b.nanos : a.seconds > b.seconds
}
