import type { HandlerContext } from '@connectrpc/connect'
import { type OpenStreamRequest, StreamType } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Opening } from '../directory/commands.ts'
import { invalidFields } from '../domain/errors.ts'
import type { Target } from '../domain/identity.ts'
import { DEFAULT_PLATFORM_ALIASES } from '../domain/platform.ts'
import { spelledChat } from '../domain/spellings/table.ts'
import type { RpcContext } from './context.ts'

/** What a request wants opened, by its ids or by what its `target` spells. */
export async function openingOf(
  request: OpenStreamRequest,
  context: RpcContext,
  call: HandlerContext,
): Promise<Opening> {
  const { groupId, userId, target } = request
  if (target !== undefined) return openingBySpelling(request, target, context, call)
  if (groupId !== undefined) return openingOfTarget(request, { kind: 'group', id: groupId }, request.platform)
  return openingOfTarget(request, { kind: 'private', id: userId! }, request.platform)
}

async function openingBySpelling(
  request: OpenStreamRequest,
  text: string,
  { gate, platformAliases = DEFAULT_PLATFORM_ALIASES }: RpcContext,
  call: HandlerContext,
): Promise<Opening> {
  const chat = spelledChat(text, platformAliases)
  const platform = request.platform || chat?.platforms?.[0]
  if (chat && platform !== undefined) {
    if (chat.platforms && !chat.platforms.includes(platform)) {
      throw insufficient(`spells a chat on ${chat.platforms[0]}, where platform says ${JSON.stringify(platform)}`)
    }
    return openingOfTarget(request, chat.target, platform)
  }
  const wanted = request.platform === '' ? 'all' : { only: request.platform }
  const [found, ...others] = await gate.directoryOf(call).reader.resolve(text, wanted, platformAliases, call)
  if (!found || others.length > 0) {
    const whatItIs = found ? 'may mean several streams' : 'means no stream that is known'
    throw insufficient(`${whatItIs}, and does not spell one chat and its platform, as "qq:group:941657197" does`)
  }
  const { platform: itsPlatform, accountId, scope, groupInfo, userInfo } = found.stream
  const target: Target | undefined = groupInfo
    ? { kind: 'group', id: groupInfo.groupId }
    : userInfo && { kind: 'private', id: userInfo.userId }
  if (!target) throw insufficient('means a stream that is neither a group nor a private chat')
  return { accountId, scope, ...openingOfTarget(request, target, itsPlatform) }
}

function openingOfTarget(request: OpenStreamRequest, { kind, id }: Target, platform: string): Opening {
  const { type, accountId, scope, labels, groupName, userNickname, userCardname } = request
  const isGroup = kind === 'group'
  if (type !== StreamType.UNSPECIFIED && (type === StreamType.GROUP) !== isGroup) {
    throw invalidFields([
      { field: 'type', description: `contradicts target, which is ${isGroup ? 'a group' : 'private'}` },
    ])
  }
  return {
    platform,
    labels,
    ...(accountId !== undefined && { accountId }),
    ...(scope !== undefined && { scope }),
    ...(isGroup
      ? { groupInfo: { platform, groupId: id, groupName } }
      : { userInfo: { platform, userId: id, userNickname, userCardname } }),
  }
}

function insufficient(description: string) {
  return invalidFields([{ field: 'target', description }])
}
