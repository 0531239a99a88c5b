import type { AnyInit } from '../wire/service-binding.ts'
import type { Call } from './call.ts'

/** A handler has so long to set its headers; then a client learns that its stream is there, though it has nothing to tell. */
const OPEN_AFTER_MS = 100

/** Answers with what a handler returns. Most answer from memory; what is at hand takes no turn of the event loop. */
export function answerOnce(call: Call, answer: AnyInit | Promise<AnyInit>): void {
  if (!(answer instanceof Promise)) {
    call.answer(answer)
    return
  }
  call.pending()
  answer.then((value) => call.answer(value)).catch((error: unknown) => call.fail(error))
}

/** Answers with what a handler yields, no faster than the client reads it. */
export async function answerStream(call: Call, start: () => AsyncIterable<AnyInit>): Promise<void> {
  let answers: AsyncIterator<AnyInit> | undefined
  let goOn: (() => void) | undefined
  call.pending()
  call.whenOver(() => goOn?.())
  // A handler that takes a stream may have its headers from the first request, however late that comes.
  const openTimer = call.route.takesStream ? undefined : setTimeout(() => call.open(), OPEN_AFTER_MS)
  try {
    answers = start()[Symbol.asyncIterator]()
    while (!call.isOver) {
      const { done, value } = await answers.next()
      clearTimeout(openTimer)
      if (done) {
        call.close()
      } else if (!call.isOver && !call.write(value)) {
        await new Promise<void>((resolve) => {
          goOn = resolve
          call.exchange.whenDrained(resolve)
        })
      }
    }
  } catch (error) {
    call.fail(error)
  } finally {
    clearTimeout(openTimer)
    // Not awaited: a handler that is still at work ends when it notices.
    answers?.return?.().then(undefined, () => undefined)
  }
}
