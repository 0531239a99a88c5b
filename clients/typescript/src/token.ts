import { onAbort } from './cancellation.ts'
import { type CallSite, ChatApiError, cancelledError, deadlineError } from './errors.ts'

/** Gives the token of the moment, empty for none; `isRefused` where a server refused what it gave before. */
export type TokenSource = (isRefused: boolean) => string | PromiseLike<string>

/** A token that is not there, or cannot be sent. The message shows nothing of it. */
class TokenError extends TypeError {}

/** Refuses what no header can carry. */
export function checkedToken(token: string): string {
  if (typeof token !== 'string') throw new TokenError(`the token must be a string, not ${typeof token}`)
  const wrong = /[^\x21-\x7e]/.exec(token)
  if (wrong) {
    const code = wrong[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    const where = `character ${wrong.index + 1} of ${token.length} is U+${code}`
    const hint = /^\s|\s$/.test(token) ? '; was it read from a file with a newline at its end?' : ''
    throw new TokenError(`the token must be visible ASCII without spaces, but ${where}${hint}`)
  }
  return token
}

/** What a text, or a function that is asked each time, gives; undefined where it is empty, so never anything. */
export function tokenSource(token: string | (() => string | PromiseLike<string>)): TokenSource | undefined {
  if (token === '') return undefined
  if (typeof token === 'function') return () => token()
  checkedToken(token)
  return () => token
}

/** Asks for the token of a call, which the function has no longer for than the call. */
export async function askForToken(
  source: TokenSource,
  isRefused: boolean,
  deadline: number,
  site: CallSite,
): Promise<string> {
  try {
    const given = source(isRefused)
    return checkedToken(typeof given === 'string' ? given : await inTime(given, deadline, site))
  } catch (thrown) {
    if (thrown instanceof ChatApiError) throw thrown
    const what = thrown instanceof TokenError ? `: ${thrown.message}` : ''
    const message = `${site.method.name}: the function given as token gave none that can be sent${what}`
    throw new ChatApiError(message, { code: 'UNAUTHENTICATED', method: site.method.name, cause: thrown })
  }
}

function inTime(given: PromiseLike<string>, deadline: number, { method, signal }: CallSite): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const what = `${method.name}: the function given as token gave none`
    const isEndless = deadline === Number.POSITIVE_INFINITY
    const late = () => reject(deadlineError(`${what} within the deadline`, method))
    const timer = isEndless ? undefined : setTimeout(late, deadline - Date.now())
    const ignoreAbort = onAbort(signal, () =>
      reject(cancelledError(`${what} before the call was cancelled`, method, signal!)),
    )
    const settled = () => {
      clearTimeout(timer)
      ignoreAbort()
    }
    Promise.resolve(given).finally(settled).then(resolve, reject)
  })
}
