import { Code, ConnectError, type ConnectRouter, createConnectRouter } from '@connectrpc/connect'
import type { UniversalHandler, UniversalServerRequest, UniversalServerResponse } from '@connectrpc/connect/protocol'
import { Health } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { toConnectError } from '../wire/errors.ts'
import { handlerOf, type ServiceBinding } from '../wire/service-binding.ts'
import { guarded, isAnsweredByStream } from './http-handlers.ts'
import { refusal } from './http-refusal.ts'
import { checkedRequest, checkHead, type RequestLimits } from './http-request.ts'

/** The path of a call, known or not. */
const METHOD_PATH = /^\/[\w.]+\.\w+\/\w+$/
const RPC_CONTENT_TYPE = /^application\/(json|proto|connect|grpc)\b/i
const CONNECT_STREAM = /^application\/connect\b/i

/** Once aborted, each ends the calls of its kind with its reason. */
export interface Shutdown {
  readonly calls: AbortSignal
  readonly streams: AbortSignal
}

export interface Route {
  /** Whether the requests are a stream, which may have no end of its own. */
  readonly takesStream: boolean
  /** @param late once aborted, a request that is still to come fails with its reason */
  answer(request: UniversalServerRequest, late: AbortSignal | undefined): Promise<UniversalServerResponse>
}

/** Finds what answers a path, in Connect, gRPC and gRPC-Web, in protobuf and JSON; undefined where no call is meant. */
export function createRoutes(
  services: readonly ServiceBinding[],
  limits: RequestLimits,
  shutdown: Shutdown,
): (method: string, path: string, contentType: string) => Route | undefined {
  const router = createConnectRouter({
    acceptCompression: [],
    jsonOptions: { ignoreUnknownFields: false },
    requestGate: (context) => checkHead(context, limits),
  })
  for (const binding of services) addMethods(router, binding, limits, shutdown)
  const routes = new Map<string, Route>(
    router.handlers.map((handler) => [handler.requestPath, routeTo(handler, limits)]),
  )
  const unknown = unknownMethods(limits)
  return (method, path, contentType) => {
    const known = routes.get(path)
    if (known) return known
    if (!METHOD_PATH.test(path)) return undefined
    if (method !== 'POST' || !RPC_CONTENT_TYPE.test(contentType)) return unknown.plain
    return CONNECT_STREAM.test(contentType) ? unknown.stream : unknown.single
  }
}

function routeTo(handler: UniversalHandler, limits: RequestLimits): Route {
  const { method } = handler
  return {
    takesStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    answer: (request, late) =>
      handler(request.method === 'GET' ? request : checkedRequest(request, method, limits, late)),
  }
}

function addMethods(router: ConnectRouter, binding: ServiceBinding, limits: RequestLimits, shutdown: Shutdown): void {
  for (const method of binding.service.methods) {
    const handler = handlerOf(binding, method)
    const shutdownSignal = isAnsweredByStream(method) ? shutdown.streams : shutdown.calls
    if (handler) router.rpc(method, guarded(method, handler, limits), { shutdownSignal })
  }
}

/**
 * Refuses a call in its own protocol, where it has one, before its body is read. Any method of the right kind lends its
 * form.
 */
function unknownMethods({ log }: RequestLimits): { single: Route; stream: Route; plain: Route } {
  const router = createConnectRouter({
    acceptCompression: [],
    requestGate: ({ url }) => {
      throw toConnectError(unknownMethod(url), log)
    },
  })
  router.rpc(Health.method.check, () => ({}))
  router.rpc(Health.method.watch, async function* () {})
  const [single, stream] = router.handlers.map((handler) => ({ takesStream: false, answer: handler }))
  const plain: Route = { takesStream: false, answer: async ({ url }) => refusal(501, unknownMethod(url), log) }
  return { single: single as Route, stream: stream as Route, plain }
}

function unknownMethod(url: string): ConnectError {
  return new ConnectError(`the service has no method ${new URL(url).pathname}`, Code.Unimplemented)
}
