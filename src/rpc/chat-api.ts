import type { DescMethodUnary, Message } from '@bufbuild/protobuf'
import type { HandlerContext, MethodImpl, ServiceImpl } from '@connectrpc/connect'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { invalidFields } from '../domain/errors.ts'
import { parseRevision } from '../domain/revision.ts'
import type { ReadOptions } from '../store/store.ts'
import type { RpcContext } from './context.ts'
import { facts } from './facts.ts'
import { lists } from './lists.ts'
import { lookups } from './lookups.ts'
import { streams } from './streams.ts'
import { validate } from './validate.ts'
import { writes } from './writes.ts'

/** The service. Each call is checked here, so that no handler can forget to. */
export function chatApi(context: RpcContext): ServiceImpl<typeof ChatApi> {
  const handlers: ServiceImpl<typeof ChatApi> = {
    ...lists(context),
    ...lookups(context),
    ...facts(context),
    ...streams(context),
    ...writes(context),
  }
  const checked = Object.entries(ChatApi.method).map(([name, method]) => {
    const handler = handlers[name as keyof typeof handlers] as MethodImpl<DescMethodUnary>
    return [name, checkedHandler(context, method, handler)]
  })
  return Object.fromEntries(checked)
}

function checkedHandler(
  { reader }: RpcContext,
  method: DescMethodUnary,
  handler: MethodImpl<DescMethodUnary>,
): MethodImpl<DescMethodUnary> {
  return (request: Message, call: HandlerContext) => {
    validate(method.input, request)
    reader.assertReady()
    const { atLeastRevision } = request as Message & { atLeastRevision?: string }
    if (!atLeastRevision) return handler(request, call)
    const held = reader.waitFor(toRevision(atLeastRevision), call satisfies ReadOptions)
    return held.then(() => handler(request, call))
  }
}

function toRevision(text: string) {
  const revision = parseRevision(text)
  if (revision !== undefined) return revision
  const description = 'must be a revision that a write returned'
  throw invalidFields([{ field: 'at_least_revision', description }])
}
