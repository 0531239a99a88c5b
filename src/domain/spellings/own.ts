import { chat, type DisplayedIdentity, kindOf, platformsOf, type Row } from './reading.ts'

/** How streams and chats are written here and in the settings of the bot's plugins. */
export const ownRows: readonly Row[] = [
  {
    forms: ['STREAM_ID'],
    meaning: 'the id of a stream, or an alias of it',
    isForeign: false,
    examples: {
      a544edeb1a9b73e3e1d77dff36e41264: [{ by: 'id', streamId: 'a544edeb1a9b73e3e1d77dff36e41264' }],
    },
    read: (text) => [{ by: 'id', streamId: text }],
  },
  {
    forms: ['NUMBER'],
    meaning: 'a group, or a user; where both are known it is ambiguous',
    isForeign: false,
    examples: {
      '941657197': [chat('group', '941657197'), chat('private', '941657197')],
      '-1001234': [chat('group', '-1001234'), chat('private', '-1001234')],
    },
    read: (text) => (/^-?[0-9]+$/.test(text) ? [chat('group', text), chat('private', text)] : []),
  },
  {
    forms: ['group:ID', 'user:ID', 'private:ID'],
    meaning: 'a group; the private chat with a user',
    isForeign: false,
    examples: {
      'group:941657197': [chat('group', '941657197')],
      'user:1787882683': [chat('private', '1787882683')],
      'private:1787882683': [chat('private', '1787882683')],
    },
    read(text) {
      const [word, id] = splitOnce(text)
      const kind = kindOf(word)
      return kind && id ? [chat(kind, id)] : []
    },
  },
  {
    forms: ['PLATFORM:ID:group', 'PLATFORM:ID:private'],
    meaning: 'a chat of a platform, as the bot itself has it in its settings',
    isForeign: false,
    examples: {
      'qq:941657197:group': [chat('group', '941657197', { platforms: ['qq'] })],
      'onebot:1787882683:private': [chat('private', '1787882683', { platforms: ['qq', 'onebot'] })],
    },
    read(text, aliases) {
      const [, platform, id, word] = /^([^:]+):([\s\S]+):([a-z]+)$/.exec(text) ?? []
      const kind = word === undefined ? undefined : kindOf(word)
      return kind ? [chat(kind, id!, { platforms: platformsOf(platform!, aliases) })] : []
    },
  },
  {
    forms: ['PLATFORM:group:ID', 'PLATFORM:private:ID'],
    meaning: 'a chat of a platform; a QQ private chat of Koishi, as in `onebot:private:ID`',
    isForeign: false,
    examples: {
      'qq:group:941657197': [chat('group', '941657197', { platforms: ['qq'] })],
      'onebot:private:1787882683': [chat('private', '1787882683', { platforms: ['qq', 'onebot'] })],
    },
    read(text, aliases) {
      const [platform, rest] = splitOnce(text)
      const [word, id] = splitOnce(rest)
      const kind = kindOf(word)
      return platform && kind && id ? [chat(kind, id, { platforms: platformsOf(platform, aliases) })] : []
    },
  },
  {
    forms: ['DISPLAY_NAME'],
    meaning: 'the `display_name` of a stream, whole',
    isForeign: false,
    examples: {
      'MaiBot (qq:group:941657197)': [
        { by: 'displayName', among: { platform: 'qq', target: { kind: 'group', id: '941657197' } } },
      ],
      'Mai (qq:private:1, account 10001, stream abc)': [{ by: 'displayName', among: { streamId: 'abc' } }],
    },
    read(text) {
      const among = displayedIdentity(text)
      return among ? [{ by: 'displayName', among }] : []
    },
  },
  {
    forms: ['NAME'],
    meaning: 'the name of a group or of a private user, or the one that people gave the chat; exactly',
    isForeign: false,
    examples: { 测试: [{ by: 'name', name: '测试' }] },
    read: (text) => [{ by: 'name', name: text }],
  },
]

/** What stands before the first colon, and behind it. */
export function splitOnce(text: string): [before: string, behind: string] {
  const at = text.indexOf(':')
  return at === -1 ? ['', text] : [text.slice(0, at), text.slice(at + 1)]
}

/** Whose display name a text may be: that of the identity at its end, in which what is special is escaped. */
function displayedIdentity(text: string): DisplayedIdentity | undefined {
  const [, inParentheses] = /^[\s\S]* \(([^()]*)\)$/.exec(text) ?? []
  const [chat, ...facts] = (inParentheses ?? text).split(', ')
  const streamId = facts.find((fact) => fact.startsWith('stream '))
  if (streamId) return { streamId: unescaped(streamId.slice('stream '.length)) }
  const [platform, word, id] = chat!.split(':')
  if (!platform || !id || (word !== 'group' && word !== 'private')) return undefined
  return { platform: unescaped(platform), target: { kind: word, id: unescaped(id) } }
}

function unescaped(text: string): string {
  return text.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
