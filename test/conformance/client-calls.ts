import { setTimeout as delay } from 'node:timers/promises'
import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf'
import { anyUnpack } from '@bufbuild/protobuf/wkt'
import { type CallOptions, type Client, ConnectError } from '@connectrpc/connect'
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from './gen/connectrpc/conformance/v1/client_compat_pb.js'
import {
  type ConformancePayload,
  ConformancePayloadSchema,
  ConformanceService,
} from './gen/connectrpc/conformance/v1/service_pb.js'
import { addHeaders, protoErrorOf, protoHeadersOf } from './protocol.ts'

const { method } = ConformanceService

interface Answer {
  readonly payload?: ConformancePayload | undefined
}

/** One call as the suite wants it made, and what came of it. */
export async function makeCall(
  client: Client<typeof ConformanceService>,
  request: ClientCompatRequest,
): Promise<ClientResponseResult> {
  const call = new ObservedCall(request)
  switch (request.method) {
    case method.unary.name:
      await call.once((options) => client.unary(call.only(method.unary.input), options))
      break
    case method.idempotentUnary.name:
      await call.once((options) => client.idempotentUnary(call.only(method.idempotentUnary.input), options))
      break
    case method.unimplemented.name:
      await call.once(async (options) => {
        await client.unimplemented(call.only(method.unimplemented.input), options)
        return {}
      })
      break
    case method.clientStream.name:
      await call.observe(async (options) => {
        call.take(await client.clientStream(call.all(method.clientStream.input), options))
      })
      break
    case method.serverStream.name:
      await call.observe(async (options) => {
        await delay(request.requestDelayMs)
        const answers = client.serverStream(call.only(method.serverStream.input), options)
        call.cancelAfterRequests()
        for await (const answer of answers) call.take(answer)
      })
      break
    default:
      throw new Error(`the client makes no calls of ${request.method}`)
  }
  return call.result
}

/** Makes the call that a request describes, cancels it when that says so, and keeps what the caller sees. */
class ObservedCall {
  readonly result = create(ClientResponseResultSchema)
  readonly #request: ClientCompatRequest
  readonly #controller = new AbortController()

  constructor(request: ClientCompatRequest) {
    this.#request = request
  }

  async observe(act: (options: CallOptions) => Promise<void>): Promise<void> {
    const headers = new Headers()
    addHeaders(headers, this.#request.requestHeaders)
    try {
      await act({
        headers,
        signal: this.#controller.signal,
        onHeader: (header) => this.result.responseHeaders.push(...protoHeadersOf(header)),
        onTrailer: (trailer) => this.result.responseTrailers.push(...protoHeadersOf(trailer)),
      })
    } catch (thrown) {
      const error = ConnectError.from(thrown)
      this.result.error = protoErrorOf(error)
      // Which of them were headers the error does not tell.
      const metadata = protoHeadersOf(error.metadata)
      if (this.result.responseHeaders.length === 0) this.result.responseHeaders = metadata
      this.result.responseTrailers = metadata
    }
  }

  once(act: (options: CallOptions) => Promise<Answer>): Promise<void> {
    return this.observe(async (options) => {
      await delay(this.#request.requestDelayMs)
      this.cancelAfterRequests()
      this.take(await act(options))
    })
  }

  take({ payload }: Answer): void {
    this.result.payloads.push(payload ?? create(ConformancePayloadSchema))
    const { cancelTiming } = this.#request.cancel ?? {}
    if (cancelTiming?.case === 'afterNumResponses' && cancelTiming.value === this.result.payloads.length) {
      this.#controller.abort()
    }
  }

  only<Desc extends DescMessage>(schema: Desc): MessageShape<Desc> {
    const [request, ...more] = this.#messages(schema)
    if (!request || more.length > 0) throw new Error(`expected one request for ${schema.typeName}`)
    return request
  }

  async *all<Desc extends DescMessage>(schema: Desc): AsyncGenerator<MessageShape<Desc>, void, undefined> {
    for (const request of this.#messages(schema)) {
      await delay(this.#request.requestDelayMs)
      yield request
    }
    if (this.#request.cancel?.cancelTiming.case === 'beforeCloseSend') this.#controller.abort()
    else this.cancelAfterRequests()
  }

  cancelAfterRequests(): void {
    const { cancel } = this.#request
    if (!cancel) return
    const { cancelTiming } = cancel
    if (cancelTiming.case === undefined) this.#controller.abort()
    if (cancelTiming.case === 'afterCloseSendMs') setTimeout(() => this.#controller.abort(), cancelTiming.value)
  }

  #messages<Desc extends DescMessage>(schema: Desc): MessageShape<Desc>[] {
    return this.#request.requestMessages.map((any) => {
      const message = anyUnpack(any, schema)
      if (!message) throw new Error(`expected ${schema.typeName}, got ${any.typeUrl}`)
      return message
    })
  }
}
