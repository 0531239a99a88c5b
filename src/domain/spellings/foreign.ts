import { nonebotRows } from './nonebot.ts'
import { splitOnce } from './own.ts'
import { type ChatReading, chat, platformsOf, type Row } from './reading.ts'

/** More places to split at than any id has; beyond, a text is not tried at each of them. */
const MAX_SPLITS = 16

/** How other systems write a chat. */
export const foreignRows: readonly Row[] = [
  {
    forms: ['INSTANCE:GroupMessage:SESSION', 'INSTANCE:FriendMessage:SESSION', 'INSTANCE:OtherMessage:SESSION'],
    meaning: 'AstrBot; a group session may be `USER_GROUP` or `USER%GROUP`',
    isForeign: true,
    examples: {
      'default:GroupMessage:941657197': [chat('group', '941657197')],
      'my bot:FriendMessage:1787882683': [chat('private', '1787882683')],
      'default:OtherMessage:7': [chat('group', '7'), chat('private', '7')],
      'matrix:GroupMessage:!room:server': [chat('group', '!room:server')],
      'default:GroupMessage:1787882683_941657197': [
        chat('group', '1787882683_941657197'),
        { by: 'splits', chats: [{ target: { kind: 'group', id: '941657197' } }] },
      ],
      'lark:GroupMessage:ou_1%oc_2': [
        chat('group', 'ou_1%oc_2'),
        {
          by: 'splits',
          chats: [
            { target: { kind: 'group', id: '1%oc_2' } },
            { target: { kind: 'group', id: 'oc_2' } },
            { target: { kind: 'group', id: '2' } },
          ],
        },
      ],
    },
    read(text) {
      const [instance, rest] = splitOnce(text)
      const [type, session] = splitOnce(rest)
      if (!instance || !session) return []
      switch (type) {
        case 'GroupMessage': {
          const chats = splits(session)
          return [chat('group', session), ...(chats.length > 0 ? [{ by: 'splits' as const, chats }] : [])]
        }
        case 'FriendMessage':
          return [chat('private', session)]
        case 'OtherMessage':
          return [chat('group', session), chat('private', session)]
        default:
          return []
      }
    },
  },
  {
    forms: ['group_ID', 'person_ID'],
    meaning: 'LangBot',
    isForeign: true,
    examples: {
      group_941657197: [chat('group', '941657197')],
      person_1787882683: [chat('private', '1787882683')],
    },
    read(text) {
      const [, word, id] = /^(group|person)_([\s\S]+)$/.exec(text) ?? []
      return id ? [chat(word === 'group' ? 'group' : 'private', id)] : []
    },
  },
  ...nonebotRows,
  {
    forms: ['PLATFORM:CHANNEL'],
    meaning: 'Koishi',
    isForeign: true,
    examples: {
      'onebot:941657197': [chat('group', '941657197', { platforms: ['qq', 'onebot'] })],
      'telegram:-1001234': [chat('group', '-1001234', { platforms: ['telegram'] })],
      'matrix:!room:server': [chat('group', '!room:server', { platforms: ['matrix'] })],
    },
    read(text, aliases) {
      const [platform, channel] = splitOnce(text)
      const isJson = text.startsWith('{')
      return platform && channel && !isJson
        ? [chat('group', channel, { platforms: platformsOf(platform, aliases) })]
        : []
    },
  },
]

/** The groups that a session may end in. */
function splits(session: string): ChatReading[] {
  const ends = [...session.matchAll(/[_%]/g)].map(({ index }) => index + 1).filter((start) => start < session.length)
  if (ends.length > MAX_SPLITS) return []
  return ends.map((start) => ({ target: { kind: 'group', id: session.slice(start) } }))
}
