import { DEFAULT_PLATFORM, type PlatformAliases } from '../platform.ts'
import { type ChatReading, chat, platformsOf, type Row } from './reading.ts'

/** What the plugins of NoneBot call QQ where its users have numbers; the official interface has ids of its own. */
const QQ_SCOPE = 'QQClient'
/** `SceneType.PRIVATE` of nonebot-plugin-uninfo. */
const PRIVATE_SCENE = 0

const alconnaExample = {
  id: '941657197',
  parent_id: '',
  channel: false,
  private: false,
  self_id: '10001',
  scope: 'QQClient',
}
const uninfoExample = { self_id: '10001', scope: 'Telegram', scene: { id: '42', type: 0 }, user: { id: '42' } }

/** How plugins of NoneBot write a chat, as JSON. */
export const nonebotRows: readonly Row[] = [
  {
    forms: ['{"id": ID, "private": …, "channel": …, "scope": …, "self_id": …}'],
    meaning: 'nonebot-plugin-alconna, `Target.dump()`',
    isForeign: true,
    examples: {
      [JSON.stringify(alconnaExample)]: [chat('group', '941657197', { platforms: ['qq'], accountId: '10001' })],
    },
    read(text, aliases) {
      const target = parsedObject(text)
      if (!isText(target?.id) || typeof target.private !== 'boolean') return []
      return [chat(target.private ? 'private' : 'group', target.id, circumstances(target, aliases))]
    },
  },
  {
    forms: ['{"scope": …, "self_id": …, "scene": {"id": ID, "type": …}}'],
    meaning: 'nonebot-plugin-uninfo, a session',
    isForeign: true,
    examples: {
      [JSON.stringify(uninfoExample)]: [
        chat('private', '42', { platforms: ['telegram', 'Telegram'], accountId: '10001' }),
      ],
    },
    read(text, aliases) {
      const session = parsedObject(text)
      const scene = session && asObject(session.scene)
      if (!isText(scene?.id) || typeof scene.type !== 'number') return []
      return [chat(scene.type === PRIVATE_SCENE ? 'private' : 'group', scene.id, circumstances(session!, aliases))]
    },
  },
]

type JsonObject = Readonly<Record<string, unknown>>

/** The platform and the account, where they are told. */
function circumstances({ scope, self_id }: JsonObject, aliases: PlatformAliases): Omit<ChatReading, 'target'> {
  return {
    ...(isText(scope) && { platforms: platformsOfScope(scope, aliases) }),
    ...(isText(self_id) && { accountId: self_id }),
  }
}

function platformsOfScope(scope: string, aliases: PlatformAliases): readonly string[] {
  if (scope === QQ_SCOPE) return [DEFAULT_PLATFORM]
  return [...new Set([scope.toLowerCase(), scope].flatMap((name) => platformsOf(name, aliases)))]
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
