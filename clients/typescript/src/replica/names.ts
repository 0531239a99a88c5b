import type { ChatStream } from '../../gen/chatapi/v1/chat_api_pb.js'
import { targetOf } from './chats.ts'

/** UTF-16 code units of a name by which streams are put in order. */
const SORTED_NAME_LENGTH = 64

/** Text as names are compared: without regard to case, width and composition. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** All names that a stream is found by: the one given by people, the group's, or those of the user of a private chat. */
export function namesOf({ customName, groupInfo, userInfo }: ChatStream): string[] {
  const given = customName === '' ? undefined : customName
  const names = groupInfo ? [given, groupInfo.groupName] : [given, userInfo?.userNickname, userInfo?.userCardname]
  return names.filter((name) => name !== undefined)
}

/** By what streams are in the order of names: the beginning of what people read, with or without a name. */
export function sortedName(stream: ChatStream): string {
  const { customName, groupInfo, userInfo } = stream
  const leading = customName || (groupInfo ? groupInfo.groupName : userInfo?.userNickname) || ''
  return beginning(folded(leading)) || beginning(folded(identityOf(stream)))
}

/** The beginning of the first line, of whole characters. */
function beginning(name: string): string {
  const end = name.indexOf('\n')
  const length = Math.min(end === -1 ? name.length : end, SORTED_NAME_LENGTH)
  const isCutInTwo = length < name.length && (name.charCodeAt(length - 1) & 0xfc00) === 0xd800
  return name.slice(0, isCutInTwo ? length - 1 : length)
}

/** Whose chat a stream is, in words, as in `qq:group:941657197, account 10001`. */
function identityOf(stream: ChatStream): string {
  const { platform, accountId, scope } = stream
  const target = targetOf(stream)
  let text = target ? `${escaped(platform)}:${target.kind}:${escaped(target.id)}` : escaped(platform)
  if (accountId !== '') text += `, account ${escaped(accountId)}`
  if (scope !== '') text += `, scope ${escaped(scope)}`
  return text
}

function escaped(text: string): string {
  return text.replace(/[%:,() ]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
