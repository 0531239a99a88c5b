import { readFileSync, statSync } from 'node:fs'
import { checkedToken, type TokenSource } from './token.ts'

/**
 * A token in a file, which is read again when the file has changed; one that is broken then changes nothing.
 *
 * Throws a `TypeError` where the file has no token.
 */
export function tokenFile(path: string): TokenSource {
  let state = stateOf(path)
  let token = read(path)
  return (isRefused) => {
    const current = stateOf(path)
    if (!isRefused && (current === undefined || current === state)) return token
    try {
      token = read(path)
      state = current
    } catch {
      // Of a file that is missing for a moment, or half written, the next change tells.
    }
    return token
  }
}

/** What differs once the file has changed; undefined where there is none. */
function stateOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.mtimeNs} ${stat.size} ${stat.ino}`
}

function read(path: string): string {
  const said = `the token file ${JSON.stringify(path)}`
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new TypeError(`${said} cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (text === '') throw new TypeError(`${said} is empty; expected a token`)
  try {
    return checkedToken(text)
  } catch (error) {
    throw new TypeError(`${said}: ${(error as Error).message}`)
  }
}
