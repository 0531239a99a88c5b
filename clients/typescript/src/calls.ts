import type { DescMethod } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import { pause } from './cancellation.ts'
import { type CallSite, cancelledError, toChatApiError } from './errors.ts'
import type { CallKinds } from './methods.ts'
import type { CallDefaults, CallOptions } from './options.ts'
import { askForToken, type TokenSource } from './token.ts'
import type { Wire, WireCall } from './wire.ts'

/** With the pauses below, about three seconds: what a server takes to restart. */
const MAX_ATTEMPTS = 5
const FIRST_PAUSE_MS = 200
const MAX_PAUSE_MS = 2_000

/** Makes calls with a deadline, with retries where they are safe, and with errors of one kind. */
export function callsOver(wire: Wire, defaults: CallDefaults): CallKinds {
  const headers = headersOf(defaults.headers)
  const planned = (method: DescMethod, options: CallOptions | undefined, timeoutMs: number) =>
    planOf(method, options, defaults, timeoutMs, headers)
  return {
    unary(method, request, options) {
      const plan = planned(method, options, defaults.timeoutMs)
      return attempt(plan, (call) => wire.unary(method, request, call))
    },

    /** Tried again until the first message is there: after that, a second try would repeat messages. */
    async *serverStream(method, request, options) {
      const plan = planned(method, options, 0)
      const { messages, first } = await attempt(plan, async (call) => {
        const messages = wire.serverStream(method, request, call)[Symbol.asyncIterator]()
        return { messages, first: await messages.next() }
      })
      try {
        for (let next = first; !next.done; next = await messages.next()) yield next.value
      } catch (error) {
        throw toChatApiError(error, plan.site)
      } finally {
        await messages.return?.()
      }
    },

    /** Sent once, since what was taken from the requests is gone. */
    clientStream(method, requests, options) {
      const plan = { ...planned(method, options, 0), isRepeatable: false, isOnce: true }
      return attempt(plan, (call) => wire.clientStream(method, requests, call))
    },
  }
}

interface Plan {
  readonly site: CallSite
  readonly headers: (token: string) => Readonly<Record<string, string>>
  readonly token: TokenSource | undefined
  /** By `Date.now()`; `Infinity` where there is none. */
  readonly deadline: number
  /** Whether the call changes nothing, however often it is made. */
  readonly isRepeatable: boolean
  /** Whether it cannot even be sent again where nothing has happened. */
  readonly isOnce?: boolean
}

function planOf(
  method: DescMethod,
  options: CallOptions | undefined,
  { token, retry: defaultRetry, baseUrl, advise }: CallDefaults,
  defaultTimeoutMs: number,
  headers: Plan['headers'],
): Plan {
  const { signal, timeoutMs = defaultTimeoutMs, retry = defaultRetry } = options ?? {}
  return {
    site: { method, signal, baseUrl, advise },
    headers: options?.headers ? (token) => ({ ...headers(token), ...options.headers }) : headers,
    token,
    deadline: timeoutMs > 0 ? Date.now() + timeoutMs : Number.POSITIVE_INFINITY,
    isRepeatable: retry && isSafe(method),
  }
}

/** Tries until there is an answer, a failure that another try does not mend, or no time. */
async function attempt<T>(plan: Plan, make: (call: WireCall) => Promise<T>): Promise<T> {
  const { site, headers, token: source, deadline, isRepeatable } = plan
  const { method, signal } = site
  let token = source ? await askForToken(source, false, deadline, site) : ''
  let mayAskAgain = source !== undefined && !plan.isOnce
  for (let attempts = 1; ; attempts++) {
    try {
      // Each attempt has what the ones before it left.
      const timeoutMs = deadline === Number.POSITIVE_INFINITY ? undefined : Math.max(1, deadline - Date.now())
      return await make({ headers: headers(token), timeoutMs, signal })
    } catch (thrown) {
      const error = toChatApiError(thrown, site)
      if (error.code === 'UNAUTHENTICATED' && mayAskAgain) {
        mayAskAgain = false
        const refused = token
        token = await askForToken(source!, true, deadline, site)
        // Nothing has happened: the server looks at the token before it looks at the call.
        if (token !== refused) continue
      }
      const mayRetry = isRepeatable && attempts < MAX_ATTEMPTS && error.code === 'UNAVAILABLE'
      const pauseMs = error.retryAfterMs ?? backoff(attempts)
      if (!mayRetry || Date.now() + pauseMs >= deadline) throw error
      await pause(pauseMs, signal).catch(() => {
        throw cancelledError(`${method.name}: the call was cancelled before it was tried again`, method, signal!)
      })
    }
  }
}

/** The headers of a client with a token: the same object for as long as the token stays. */
function headersOf(headers: CallDefaults['headers']): Plan['headers'] {
  let last = { token: '', headers }
  return (token) => {
    if (last.token !== token) {
      last = { token, headers: token === '' ? headers : { ...headers, authorization: `Bearer ${token}` } }
    }
    return last.headers
  }
}

/** Whether the contract says that calling again changes nothing. */
function isSafe(method: DescMethod): boolean {
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
}

/** Doubles, up to a limit, and varies by half so that clients of one server do not return together. */
function backoff(attempts: number): number {
  return Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1)) * (0.75 + Math.random() / 2)
}
