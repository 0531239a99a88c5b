import { randomBytes } from 'node:crypto'

/** Taken from a client as it is: up to 128 characters that every log and terminal shows. */
const TAKEN = /^[ -~]{1,128}$/

/** Of this process, so that ids of several servers, and of one that was started again, differ. */
const PREFIX = randomBytes(6).toString('hex')

export const REQUEST_ID_FIELD = 'x-request-id'

let made = 0

/** What the client calls its request, or else a name of the server's own. */
export function requestIdOf(given: string | string[] | undefined): string {
  if (typeof given === 'string' && TAKEN.test(given)) return given
  made += 1
  return `${PREFIX}-${made.toString(36)}`
}
