import { create, type DescMethod, isMessage } from '@bufbuild/protobuf'
import { Code, ConnectError, createContextKey, type HandlerContext, type MethodImpl } from '@connectrpc/connect'
import type { Logger } from 'pino'
import { withFields, writableMessage } from '../wire/encoded.ts'
import { toConnectError } from '../wire/errors.ts'
import type {
  AnyHandler,
  AnyInit,
  AnyMessage,
  BidiHandler,
  ClientStreamHandler,
  ServerStreamHandler,
  UnaryHandler,
} from '../wire/service-binding.ts'
import { encodeAnswer } from './answer.ts'
import { orAborted } from './or-aborted.ts'

export interface HttpHandlerOptions {
  readonly log: Logger
  readonly maxMessageBytes: number
}

/** Where the answers to one call go. Throws where the connection has too much unsent to take more. */
export interface Room {
  /** Returns what is to be called once so many bytes are sent. */
  take(bytes: number): () => void
  /** Takes room that is free again when the response is closed. */
  takeUntilSent(bytes: number): void
}

export const roomKey = createContextKey<Room | undefined>(undefined)

type AnyRequest = AnyMessage & AsyncIterable<AnyMessage>

/**
 * The handler as connect-node is to call it: it fails with the errors of the contract and in time, its answers are
 * within the limit, and encoded ones get fields where the client wants JSON. The limit holds for the binary form, so that it
 * means the same on every transport.
 */
export function guarded(method: DescMethod, handler: AnyHandler, options: HttpHandlerOptions): MethodImpl<DescMethod> {
  const { log, maxMessageBytes } = options

  function answerOf(answer: AnyInit, context: HandlerContext, take: (bytes: number) => void): AnyMessage {
    const bytes = encodeAnswer(method.output, answer, maxMessageBytes)
    take(bytes.byteLength)
    if (!wantsJson(context)) return writableMessage(method.output, bytes)
    return withFields(method.output, isMessage(answer) ? answer : create(method.output, answer))
  }

  async function single(request: AnyRequest, context: HandlerContext): Promise<AnyMessage> {
    const call = handler as UnaryHandler & ClientStreamHandler
    try {
      const called = call(request, context)
      const answer = called instanceof Promise ? await orAborted(called, context.signal) : called
      return answerOf(answer, context, (bytes) => context.values.get(roomKey)?.takeUntilSent(bytes))
    } catch (error) {
      throw toConnectError(endedBy(error, context), log)
    }
  }

  async function* stream(request: AnyRequest, context: HandlerContext): AsyncGenerator<AnyMessage> {
    const call = handler as ServerStreamHandler & BidiHandler
    const room = context.values.get(roomKey)
    let release: (() => void) | undefined
    let answers: AsyncIterator<AnyInit> | undefined
    try {
      answers = call(request, context)[Symbol.asyncIterator]()
      for (;;) {
        const { done, value } = await orAborted(answers.next(), context.signal)
        if (done) return
        const answer = answerOf(value, context, (bytes) => {
          release = room?.take(bytes)
        })
        try {
          yield answer
        } catch (error) {
          // What is thrown in here is that the answer could not be written, for the client is gone.
          throw cancelled(error)
        }
        release?.()
      }
    } catch (error) {
      throw toConnectError(endedBy(error, context), log)
    } finally {
      release?.()
      // Not awaited: a handler that is still at work ends when it notices.
      answers?.return?.().then(undefined, () => undefined)
    }
  }

  return (isAnsweredByStream(method) ? stream : single) as unknown as MethodImpl<DescMethod>
}

export function isAnsweredByStream({ methodKind }: DescMethod): boolean {
  return methodKind === 'server_streaming' || methodKind === 'bidi_streaming'
}

function wantsJson(context: HandlerContext): boolean {
  return /[/+]json/.test(context.responseHeader.get('content-type') ?? '')
}

/** Clients reset streams with all sorts of codes when they have waited enough; none of them is a fault of the server. */
function endedBy(error: unknown, { signal }: HandlerContext): unknown {
  if (error !== signal.reason || !(error instanceof ConnectError) || error.code === Code.DeadlineExceeded) return error
  return cancelled(error)
}

function cancelled(cause: unknown): ConnectError {
  return new ConnectError('the call was cancelled', Code.Canceled, undefined, undefined, cause)
}
