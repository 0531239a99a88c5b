import type { DescMethod } from '@bufbuild/protobuf'
import { createRouterTransport, type Transport } from '@connectrpc/connect'
import type { Logger } from 'pino'
import { withFields } from '../wire/encoded.ts'
import { toConnectError } from '../wire/errors.ts'
import {
  type AnyHandler,
  type AnyMessage,
  handlerOf,
  type ServerStreamHandler,
  type ServiceBinding,
  type UnaryHandler,
} from '../wire/service-binding.ts'

/** Has a service answer in this process, with all its checks but that of who calls. */
export function transportTo(binding: ServiceBinding, log: Logger): Transport {
  const handlers = binding.service.methods.map((method) => [method.localName, checked(binding, method, log)])
  return createRouterTransport(({ service }) => void service(binding.service, Object.fromEntries(handlers)))
}

/** The handler of a method behind the checks of its service, with answers and errors as they are on the wire. */
function checked(binding: ServiceBinding, method: DescMethod, log: Logger): AnyHandler {
  const handler = handlerOf(binding, method)
  const unary: UnaryHandler = async (request, context) => {
    try {
      binding.validate?.(request, method)
      await binding.check?.(request, context)
      return withFields(method.output, (await (handler as UnaryHandler)(request, context)) as AnyMessage)
    } catch (error) {
      throw toConnectError(error, log)
    }
  }
  const streaming: ServerStreamHandler = async function* (request, context) {
    try {
      binding.validate?.(request, method)
      await binding.check?.(request, context)
      for await (const answer of untilAborted((handler as ServerStreamHandler)(request, context), context.signal)) {
        yield withFields(method.output, answer as AnyMessage)
      }
    } catch (error) {
      throw toConnectError(error, log)
    }
  }
  return method.methodKind === 'unary' ? unary : streaming
}

/**
 * The same items. In this process nobody goes on with a stream whose caller has left: it is ended, so that it gives back what it
 * holds, such as the timer of a watch.
 */
function untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]()
  const end = () => void iterator.return?.().catch(() => {})
  signal.addEventListener('abort', end, { once: true })
  return { [Symbol.asyncIterator]: () => iterator }
}
