import { DEFAULT_PLATFORM, type Target } from './chats.ts'

/** What other systems call a platform, and what it is called here. */
export type PlatformAliases = Readonly<Record<string, string>>

/** Those that a server knows unless it is told otherwise. */
export const DEFAULT_PLATFORM_ALIASES: PlatformAliases = Object.fromEntries(
  ['onebot', 'red', 'nekobox', 'lagrange', 'milky'].map((alias) => [alias, DEFAULT_PLATFORM]),
)

/** A chat that a text may mean. */
export interface ChatReading {
  readonly target: Target
  /** Where the text names its platform: what that may be called here, the likeliest first. */
  readonly platforms?: readonly string[]
  /** The bot's account, which a stream has to have unless none is recorded. */
  readonly accountId?: string
}

/** What a text may mean. */
export type Reading =
  | { readonly by: 'id'; readonly streamId: string }
  | { readonly by: 'chat'; readonly chat: ChatReading }
  /** Different places at which the text may be split: it counts where exactly one of them names a chat that is known. */
  | { readonly by: 'splits'; readonly chats: readonly ChatReading[] }
  | { readonly by: 'displayName'; readonly among: DisplayedIdentity }
  | { readonly by: 'name'; readonly name: string }

/** Where to look for the stream with a display name. */
export type DisplayedIdentity = { readonly streamId: string } | { readonly target: Target; readonly platform: string }

export interface RowReading {
  readonly reading: Reading
  /** Whether it is how another system writes a chat. */
  readonly isForeign: boolean
}

type Row = (text: string, platformsOf: (name: string) => readonly string[]) => readonly Reading[]

/** More places to split at than any id has; beyond, a text is not tried at each of them. */
const MAX_SPLITS = 16
/** What the plugins of NoneBot call QQ where its users have numbers. */
const QQ_SCOPE = 'QQClient'
/** `SceneType.PRIVATE` of nonebot-plugin-uninfo. */
const PRIVATE_SCENE = 0
const KINDS: ReadonlyMap<string, Target['kind']> = new Map([
  ['group', 'group'],
  ['private', 'private'],
  ['user', 'private'],
])

/** What a text may mean: all rows of docs/resolving.md, in their order. */
export function readingsOf(text: string, aliases: PlatformAliases = DEFAULT_PLATFORM_ALIASES): RowReading[] {
  const platformsOf = (name: string) => {
    const alias = Object.hasOwn(aliases, name) ? aliases[name]! : name
    return alias === name ? [name] : [alias, name]
  }
  const read = (rows: readonly Row[], isForeign: boolean) =>
    rows.flatMap((row) => row(text, platformsOf).map((reading) => ({ reading, isForeign })))
  return [...read(OWN_ROWS, false), ...read(FOREIGN_ROWS, true)]
}

const OWN_ROWS: readonly Row[] = [
  (text) => [{ by: 'id', streamId: text }],
  (text) => (/^-?[0-9]+$/.test(text) ? [chat('group', text), chat('private', text)] : []),
  function kindAndId(text) {
    const [word, id] = splitOnce(text)
    const kind = KINDS.get(word)
    return kind && id ? [chat(kind, id)] : []
  },
  function platformIdKind(text, platformsOf) {
    const [, platform, id, word] = /^([^:]+):([\s\S]+):([a-z]+)$/.exec(text) ?? []
    const kind = KINDS.get(word ?? '')
    return kind ? [chat(kind, id!, { platforms: platformsOf(platform!) })] : []
  },
  function platformKindId(text, platformsOf) {
    const [platform, rest] = splitOnce(text)
    const [word, id] = splitOnce(rest)
    const kind = KINDS.get(word)
    return platform && kind && id ? [chat(kind, id, { platforms: platformsOf(platform) })] : []
  },
  function displayName(text) {
    const among = displayedIdentity(text)
    return among ? [{ by: 'displayName', among }] : []
  },
  (text) => [{ by: 'name', name: text }],
]

const FOREIGN_ROWS: readonly Row[] = [
  function astrBot(text) {
    const [instance, rest] = splitOnce(text)
    const [type, session] = splitOnce(rest)
    if (!instance || !session) return []
    if (type === 'FriendMessage') return [chat('private', session)]
    if (type === 'OtherMessage') return [chat('group', session), chat('private', session)]
    if (type !== 'GroupMessage') return []
    const chats = splits(session)
    return [chat('group', session), ...(chats.length > 0 ? [{ by: 'splits' as const, chats }] : [])]
  },
  function langBot(text) {
    const [, word, id] = /^(group|person)_([\s\S]+)$/.exec(text) ?? []
    return id ? [chat(word === 'group' ? 'group' : 'private', id)] : []
  },
  function alconna(text, platformsOf) {
    const target = parsedObject(text)
    if (!isText(target?.id) || typeof target.private !== 'boolean') return []
    return [chat(target.private ? 'private' : 'group', target.id, circumstances(target, platformsOf))]
  },
  function uninfo(text, platformsOf) {
    const session = parsedObject(text)
    const scene = session && asObject(session.scene)
    if (!isText(scene?.id) || typeof scene.type !== 'number') return []
    return [chat(scene.type === PRIVATE_SCENE ? 'private' : 'group', scene.id, circumstances(session!, platformsOf))]
  },
  function koishi(text, platformsOf) {
    const [platform, channel] = splitOnce(text)
    const isJson = text.startsWith('{')
    return platform && channel && !isJson ? [chat('group', channel, { platforms: platformsOf(platform) })] : []
  },
]

function chat(kind: Target['kind'], id: string, more: Omit<ChatReading, 'target'> = {}): Reading {
  return { by: 'chat', chat: { target: { kind, id }, ...more } }
}

/** What stands before the first colon, and behind it. */
function splitOnce(text: string): [before: string, behind: string] {
  const at = text.indexOf(':')
  return at === -1 ? ['', text] : [text.slice(0, at), text.slice(at + 1)]
}

/** The groups that a session may end in. */
function splits(session: string): ChatReading[] {
  const starts = [...session.matchAll(/[_%]/g)].map(({ index }) => index + 1).filter((start) => start < session.length)
  if (starts.length > MAX_SPLITS) return []
  return starts.map((start) => ({ target: { kind: 'group', id: session.slice(start) } }))
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

type JsonObject = Readonly<Record<string, unknown>>

/** The platform and the account, where a plugin of NoneBot tells them. */
function circumstances(
  { scope, self_id }: JsonObject,
  platformsOf: (name: string) => readonly string[],
): Omit<ChatReading, 'target'> {
  const platforms = (name: string) =>
    name === QQ_SCOPE ? [DEFAULT_PLATFORM] : [...new Set([name.toLowerCase(), name].flatMap(platformsOf))]
  return { ...(isText(scope) && { platforms: platforms(scope) }), ...(isText(self_id) && { accountId: self_id }) }
}

function parsedObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
