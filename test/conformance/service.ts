import { setTimeout as delay } from 'node:timers/promises'
import { create } from '@bufbuild/protobuf'
import { type Any, anyPack } from '@bufbuild/protobuf/wkt'
import type { HandlerContext } from '@connectrpc/connect'
import { type AnyMessage, bind, type ServiceBinding } from '../../src/wire/service-binding.ts'
import {
  type ConformancePayload,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  ConformancePayloadSchema,
  ConformanceService,
  type StreamResponseDefinition,
  type UnaryResponseDefinition,
} from './gen/connectrpc/conformance/v1/service_pb.js'
import { addHeaders, connectErrorOf, protoHeadersOf } from './protocol.ts'

type Payload = { payload: ConformancePayload }

/**
 * What the reference clients of the suite call: each request says how it is to be answered, and answers tell what came
 * in. `Unimplemented` is left out as the suite demands.
 */
export const conformanceBinding: ServiceBinding = bind(ConformanceService, {
  unary: (request, context) => answerOnce(request.responseDefinition, [pack(request, context)], context),

  idempotentUnary: (request, context) => answerOnce(request.responseDefinition, [pack(request, context)], context),

  async clientStream(requests, context) {
    let definition: UnaryResponseDefinition | undefined
    const received: Any[] = []
    for await (const request of requests) {
      if (received.length === 0) definition = request.responseDefinition
      received.push(pack(request, context))
    }
    return answerOnce(definition, received, context)
  },

  async *serverStream(request, context) {
    const definition = request.responseDefinition
    if (!definition) return
    addMetadata(definition, context)
    yield* remaining(definition, 0, [pack(request, context)], context)
  },

  async *bidiStream(requests, context) {
    let definition: StreamResponseDefinition | undefined
    let isFullDuplex = false
    let isFirst = true
    let sent = 0
    let received: Any[] = []
    for await (const request of requests) {
      received.push(pack(request, context))
      if (isFirst) {
        isFirst = false
        isFullDuplex = request.fullDuplex
        definition = request.responseDefinition
        if (definition) addMetadata(definition, context)
      }
      if (!isFullDuplex) continue
      const data = definition?.responseData[sent]
      if (!definition || data === undefined) break
      await wait(definition.responseDelayMs, context)
      const info =
        sent === 0
          ? requestInfo(received, context)
          : create(ConformancePayload_RequestInfoSchema, { requests: received })
      yield payload(data, info)
      sent += 1
      received = []
    }
    if (definition) yield* remaining(definition, sent, received, context)
  },
})

async function answerOnce(
  definition: UnaryResponseDefinition | undefined,
  received: Any[],
  context: HandlerContext,
): Promise<Payload> {
  if (definition) addMetadata(definition, context)
  const info = requestInfo(received, context)
  await wait(definition?.responseDelayMs ?? 0, context)
  if (definition?.response.case === 'error') throw connectErrorOf(definition.response.value, info)
  return payload(definition?.response.value, info)
}

/** What is still to be sent once nothing more is read. What came in is told by the first answer, or else by the error. */
async function* remaining(
  definition: StreamResponseDefinition,
  sent: number,
  received: Any[],
  context: HandlerContext,
): AsyncGenerator<Payload> {
  for (const [index, data] of definition.responseData.entries()) {
    if (index < sent) continue
    await wait(definition.responseDelayMs, context)
    yield payload(data, index === 0 ? requestInfo(received, context) : undefined)
  }
  if (!definition.error) return
  const isFirst = definition.responseData.length === 0
  throw connectErrorOf(definition.error, isFirst ? requestInfo(received, context) : undefined)
}

function payload(data: Uint8Array | undefined, info: ConformancePayload_RequestInfo | undefined): Payload {
  return { payload: create(ConformancePayloadSchema, { ...(data && { data }), ...(info && { requestInfo: info }) }) }
}

function requestInfo(requests: Any[], context: HandlerContext): ConformancePayload_RequestInfo {
  const { requestHeader, requestMethod, url } = context
  const timeoutMs = context.timeoutMs()
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: protoHeadersOf(requestHeader),
    requests,
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.floor(timeoutMs)) }),
    ...(requestMethod === 'GET' && { connectGetInfo: { queryParams: protoHeadersOf(new URL(url).searchParams) } }),
  })
}

function pack(request: AnyMessage, { method }: HandlerContext): Any {
  return anyPack(method.input, request)
}

function addMetadata(
  { responseHeaders, responseTrailers }: UnaryResponseDefinition | StreamResponseDefinition,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  addHeaders(responseHeader, responseHeaders)
  addHeaders(responseTrailer, responseTrailers)
}

async function wait(ms: number, { signal }: HandlerContext): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}
