import { hash } from 'node:crypto'
import { ChatApiError } from './errors.ts'
import type { Place } from './place.ts'

/**
 * Bump when the meaning of tokens changes, so that older ones are refused rather than misread. The longest token, with a
 * stream id of 255 bytes, has under 400 characters; the contract takes 1,024.
 */
const VERSION = '1'
const SEPARATOR = '.'
const DIGEST_LENGTH = 8

/**
 * Makes the token of a page that starts behind a place. It holds a place and no state of a server, so it outlives restarts and serves on every server
 * of the store.
 *
 * @param request what the list was asked for, without its page size: the token is good for nothing else
 */
export function formatPageToken(request: readonly unknown[], { position, streamId }: Place): string {
  const content = [VERSION, digest(request), position, streamId].join(SEPARATOR)
  return Buffer.from(digest(content) + content).toString('base64url')
}

/** Reads a token back; throws PAGE_TOKEN_INVALID or PAGE_TOKEN_MISMATCH. */
export function parsePageToken(request: readonly unknown[], token: string): Place {
  const text = Buffer.from(token, 'base64url').toString()
  const content = text.slice(DIGEST_LENGTH)
  if (text.slice(0, DIGEST_LENGTH) !== digest(content)) throw invalid('it is not one that this service issued')
  const [version, requestDigest, position, ...streamId] = content.split(SEPARATOR)
  if (version !== VERSION) throw invalid('it was issued by another version of this service; start again without one')
  if (requestDigest !== digest(request)) {
    const message = 'page_token: it was issued for another call or for other arguments; only page_size may change'
    throw new ChatApiError('PAGE_TOKEN_MISMATCH', message, violation(message))
  }
  const place = { position: Number(position), streamId: streamId.join(SEPARATOR) }
  if (!Number.isSafeInteger(place.position)) throw invalid('it names no place in a list')
  return place
}

function invalid(why: string): ChatApiError {
  return new ChatApiError('PAGE_TOKEN_INVALID', `page_token: ${why}`, violation(why))
}

function violation(description: string) {
  return { violations: [{ field: 'page_token', description }] }
}

/** Tells slips apart, not attacks: a token gives access to nothing. */
function digest(value: unknown): string {
  return hash('sha1', JSON.stringify(value), 'base64url').slice(0, DIGEST_LENGTH)
}
