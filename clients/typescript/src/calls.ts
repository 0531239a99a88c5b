import type { DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import type { Transport } from '@connectrpc/connect'
import { ErrorReason } from '../gen/chatapi/v1/chat_api_pb.js'
import { ChatApiError, toChatApiError } from './errors.ts'
import type { CallDefaults, CallOptions } from './options.ts'

/** With the pauses below, about three seconds: what a server takes to restart. */
const MAX_ATTEMPTS = 5
const FIRST_PAUSE_MS = 200
const MAX_PAUSE_MS = 2_000

/** Makes one call of the service. */
export type UnaryCall = <I extends DescMethodUnary['input'], O extends DescMethodUnary['output']>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions | undefined,
) => Promise<MessageShape<O>>

/** Makes calls with a deadline, with retries where they are safe, and with errors of one kind. */
export function unaryCalls(transport: Transport, defaults: CallDefaults): UnaryCall {
  return async (method, request, options) => {
    const { signal, timeoutMs = defaults.timeoutMs, retry = defaults.retry } = options ?? {}
    const headers = options?.headers ? { ...defaults.headers, ...options.headers } : defaults.headers
    const deadline = timeoutMs > 0 ? Date.now() + timeoutMs : Number.POSITIVE_INFINITY
    const site = { method, signal, baseUrl: defaults.baseUrl, advise: defaults.advise }
    for (let attempt = 1; ; attempt++) {
      try {
        const leftMs = deadline === Number.POSITIVE_INFINITY ? undefined : Math.max(1, deadline - Date.now())
        return (await transport.unary(method, signal, leftMs, headers, request)).message
      } catch (thrown) {
        const error = toChatApiError(thrown, site)
        const mayRetry = retry && attempt < MAX_ATTEMPTS && isSafe(method) && error.code === 'UNAVAILABLE'
        const pauseMs = error.retryAfterMs ?? backoff(attempt)
        if (!mayRetry || Date.now() + pauseMs >= deadline) throw error
        await pause(pauseMs, signal, method)
      }
    }
  }
}

/** Whether the contract says that calling again changes nothing. */
function isSafe(method: DescMethodUnary): boolean {
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
}

/** Doubles, up to a limit, and varies by half so that clients of one server do not return together. */
function backoff(attempt: number): number {
  return Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2)
}

function pause(ms: number, signal: AbortSignal | undefined, { name }: DescMethodUnary): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(
        new ChatApiError(`${name}: the call was cancelled before it was tried again`, {
          code: 'CANCELLED',
          reason: ErrorReason.CANCELLED,
          reasonName: 'ERROR_REASON_CANCELLED',
          method: name,
          cause: signal!.reason,
        }),
      )
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
