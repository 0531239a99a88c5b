import { describeIdentity, identityOf } from './identity.ts'
import type { Stream } from './stream.ts'

/** UTF-16 code units of a name by which streams are put in order. */
const SORTED_NAME_LENGTH = 64

/** Text as names are compared: without regard to case, width and composition. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** The name that stands for a stream: the one given by people, else that of its group or user; empty where there is none. */
export function leadingName({ customName, groupInfo, userInfo }: Stream): string {
  return customName || (groupInfo ? groupInfo.groupName : userInfo?.userNickname) || ''
}

/** All names that a stream is found by: the one given by people, the group's, or those of the user of a private chat. */
export function namesOf({ customName, groupInfo, userInfo }: Stream): string[] {
  const names = groupInfo
    ? [customName, groupInfo.groupName]
    : [customName, userInfo?.userNickname, userInfo?.userCardname]
  return names.filter((name) => name !== undefined)
}

/** By what streams are in the order of names: the beginning of what people read, with or without a name. */
export function sortedName(stream: Stream): string {
  return beginning(folded(leadingName(stream))) || beginning(folded(describeIdentity(identityOf(stream))))
}

/** What counts of a folded name in an order: the beginning of its first line, of whole characters. */
export function beginning(name: string): string {
  const end = name.indexOf('\n')
  const length = Math.min(end === -1 ? name.length : end, SORTED_NAME_LENGTH)
  const isCutInTwo = length < name.length && (name.charCodeAt(length - 1) & 0xfc00) === 0xd800
  return name.slice(0, isCutInTwo ? length - 1 : length)
}

/** Stands between the names of a stream where they are one text. */
const SEPARATOR = '\n'

/** The names of a stream as one text to look through, the leading one first, also where it is empty. */
export function searchableNames(stream: Stream): string {
  const leading = leadingName(stream)
  return [leading, ...namesOf(stream).filter((name) => name !== leading)].join(SEPARATOR)
}

/** Whether looking through such texts finds the names that contain a text, and nothing else. */
export function isSearchable(text: string | undefined): text is string {
  return text !== undefined && text !== '' && !text.includes(SEPARATOR)
}
