import type { DescMethod, MessageInitShape } from '@bufbuild/protobuf'
import { ConnectError, type Transport } from '@connectrpc/connect'
import { onAbort } from './cancellation.ts'
import { errorCode } from './codes.ts'
import { type Wire, type WireCall, WireError } from './wire.ts'

/** A wire over a transport of Connect. */
export function connectWire(transport: Transport, close: () => void = () => {}): Wire {
  return {
    async unary(method, request, { signal, timeoutMs, headers }) {
      try {
        return (await transport.unary(method, signal as AbortSignal, timeoutMs, headers, request)).message
      } catch (error) {
        throw wireError(error)
      }
    },
    async *serverStream(method, request, call) {
      // Connect keeps a call that nobody reads any more, so it is ended by a signal.
      const end = new AbortController()
      const ignoreAbort = onAbort(call.signal, () => end.abort(call.signal!.reason))
      try {
        yield* await stream(method, only(request), { ...call, signal: end.signal })
      } catch (error) {
        throw wireError(error)
      } finally {
        ignoreAbort()
        end.abort()
      }
    },
    async clientStream(method, requests, call) {
      try {
        for await (const answer of await stream(method, requests, call)) return answer
      } catch (error) {
        throw wireError(error)
      }
      throw new WireError('the answer has no message', { code: 'INTERNAL' })
    },
    close,
  }

  async function stream<I extends DescMethod['input'], O extends DescMethod['output']>(
    method: DescMethod & { input: I; output: O },
    requests: AsyncIterable<MessageInitShape<I>>,
    { signal, timeoutMs, headers }: WireCall,
  ) {
    return (await transport.stream<I, O>(method as never, signal as AbortSignal, timeoutMs, headers, requests)).message
  }
}

async function* only<T>(item: T): AsyncGenerator<T, void, undefined> {
  yield item
}

function wireError(thrown: unknown): WireError {
  const error = ConnectError.from(thrown)
  const details = error.details.flatMap((detail) =>
    'value' in detail && 'type' in detail ? [{ typeName: detail.type, value: detail.value }] : [],
  )
  const platformCode = codeIn(error)
  return new WireError(error.rawMessage, { code: errorCode(error.code), details, platformCode, cause: error })
}

/** The first code of the platform in a chain of causes. Connect's own codes are numbers. */
function codeIn(error: Error): string | undefined {
  const seen = new Set<unknown>()
  for (let cause: unknown = error; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    seen.add(cause)
    const { code } = cause as Error & { code?: unknown }
    if (typeof code === 'string') return code
  }
  return undefined
}
