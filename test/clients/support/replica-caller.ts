import { type DescMessage, fromJson, type JsonObject, type MessageShape, toJson } from '@bufbuild/protobuf'
import { ChatApi, type ChatApiClient, ChatApiError, type Replica } from '../../../clients/typescript/src/node.ts'
import { type Caller, callerOf } from './caller.ts'

type Read = (request: MessageShape<DescMessage>) => MessageShape<DescMessage>

/** A caller that reads from a replica what it has written through a client, and asks that for what no replica answers. */
export function replicaCallerOf(client: ChatApiClient, replica: Replica): Caller {
  const methods = Object.values(ChatApi.method)
  const ask = callerOf(client, methods)
  let written = ''
  return async (call, request) => {
    const method = methods.find(({ name }) => name === call)!
    if (!(method.localName in replica)) {
      const outcome = await ask(call, request)
      if (!outcome.error && outcome.answer.revision) written = String(outcome.answer.revision)
      return outcome
    }
    await replica.waitFor(written)
    try {
      const read = replica[method.localName as 'getStream'] as unknown as Read
      const answer = read.call(replica, fromJson(method.input, request))
      const output: DescMessage = method.output
      return { answer: toJson(output, answer, { alwaysEmitImplicit: true }) as JsonObject }
    } catch (error) {
      if (!(error instanceof ChatApiError)) throw error
      return { error: { code: error.code, reason: error.reasonName, fields: error.fields.map(({ field }) => field) } }
    }
  }
}
