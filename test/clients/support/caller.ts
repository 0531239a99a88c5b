import {
  type DescMessage,
  type DescMethod,
  fromJson,
  type JsonObject,
  type MessageShape,
  toJson,
} from '@bufbuild/protobuf'
import type { ChatApiClient } from '../../../clients/typescript/src/client.ts'
import { ChatApiError } from '../../../clients/typescript/src/errors.ts'

/** How a call went, in JSON, so that it can cross from a browser. */
export type Outcome =
  | { readonly answer: JsonObject; readonly error?: undefined }
  | { readonly error: { readonly code: string; readonly reason: string; readonly fields: readonly string[] } }

/** Makes a call by the name of its method, with a request in proto JSON. */
export type Caller = (call: string, request: JsonObject) => Promise<Outcome>

/** A caller that asks through a client of any kind, for what has one answer. Runs in browsers too. */
export function callerOf(client: ChatApiClient, methods: readonly DescMethod[]): Caller {
  return async (call, request) => {
    const method = methods.find(({ name }) => name === call)
    if (method?.methodKind !== 'unary') throw new Error(`no method with one answer is named ${call}`)
    const send = client[method.localName as 'getStream'] as unknown as (
      request: MessageShape<DescMessage>,
    ) => Promise<MessageShape<DescMessage>>
    try {
      const answer = await send(fromJson(method.input, request))
      return { answer: toJson(method.output, answer, { alwaysEmitImplicit: true }) as JsonObject }
    } catch (error) {
      if (!(error instanceof ChatApiError)) throw error
      const fields = error.fields.map(({ field }) => field)
      return { error: { code: error.code, reason: error.reasonName, fields } }
    }
  }
}
