import { ChatApiError } from '../domain/errors.ts'
import type { HttpRequest } from './http-answer.ts'
import { FLUSH_MS } from './in-flight.ts'

/**
 * Aborts where the request has not arrived whole within `timeoutMs`, so that the call can say so, and cuts the client off
 * a moment later, whatever became of that.
 */
export function timeArrival(request: HttpRequest, timeoutMs: number): AbortSignal {
  const late = new AbortController()
  let timer = setTimeout(() => {
    timer = setTimeout(() => cutOff(request), FLUSH_MS)
    late.abort(new ChatApiError('DEADLINE_EXCEEDED', `the request did not arrive whole within ${timeoutMs} ms`))
  }, timeoutMs)
  const stop = () => clearTimeout(timer)
  request.once('end', stop).once('close', stop)
  return late.signal
}

function cutOff(request: HttpRequest): void {
  if ('stream' in request) request.stream.close()
  else request.destroy()
}
