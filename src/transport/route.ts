import type { DescMethod } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt'
import { type AnyHandler, type Checks, handlerOf, type ServiceBinding } from '../wire/service-binding.ts'

/** `WatchStreams`, and `Watch` of the health service. */
const WATCH_NAME = /^Watch(?![a-z])/

/** A method and what answers it. */
export interface Route extends Checks {
  /** Of all routes, only this has it. */
  readonly number: number
  /** `SERVICE/METHOD`, with the full name of the service. */
  readonly name: string
  readonly method: DescMethod
  readonly handler: AnyHandler
  /** Whether the request is a stream, which may have no end of its own. */
  readonly takesStream: boolean
  /** Whether the answer is one. */
  readonly givesStream: boolean
  /** Whether the answer goes on until the client ends it. */
  readonly isWatch: boolean
  /** Whether a GET may ask: the method changes nothing. */
  readonly takesGet: boolean
}

/** The methods that have a handler, by path. */
export function routesOf(services: readonly ServiceBinding[]): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>()
  for (const binding of services) {
    for (const method of binding.service.methods) {
      const handler = handlerOf(binding, method)
      if (!handler) continue
      const route = routeOf(routes.size, method, handler, binding)
      routes.set(`/${route.name}`, route)
    }
  }
  return routes
}

function routeOf(number: number, method: DescMethod, handler: AnyHandler, { gate, validate, check }: Checks): Route {
  const { methodKind } = method
  return {
    ...(gate && { gate }),
    ...(validate && { validate }),
    ...(check && { check }),
    number,
    name: `${method.parent.typeName}/${method.name}`,
    method,
    handler,
    takesStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    givesStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    isWatch: methodKind === 'server_streaming' && WATCH_NAME.test(method.name),
    takesGet: methodKind === 'unary' && method.idempotency === Idempotency.NO_SIDE_EFFECTS,
  }
}
