import { hash } from 'node:crypto'
import { ChatApiError } from './errors.ts'
import type { OrderedPlace, SortKey } from './order.ts'
import type { Place } from './place.ts'

/**
 * Bump when the meaning of tokens changes, so that older ones are refused rather than misread. The longest token, with a
 * stream id of 255 bytes and a name to go on behind, has under 800 characters; the contract takes 1,024.
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
  return seal(request, [position, streamId])
}

/** Reads a token back; throws PAGE_TOKEN_INVALID or PAGE_TOKEN_MISMATCH. */
export function parsePageToken(request: readonly unknown[], token: string): Place {
  const [position, ...streamId] = unseal(request, token)
  return placeOf(position, streamId)
}

/** As `formatPageToken`, of a page in an order, where a place has a key besides. */
export function formatOrderedPageToken(request: readonly unknown[], { key, position, streamId }: OrderedPlace): string {
  return seal(request, [formatKey(key), position, streamId])
}

/** Reads a token back; throws PAGE_TOKEN_INVALID or PAGE_TOKEN_MISMATCH. */
export function parseOrderedPageToken(request: readonly unknown[], token: string): OrderedPlace {
  const [key, position, ...streamId] = unseal(request, token)
  return { ...placeOf(position, streamId), key: parseKey(key) }
}

function seal(request: readonly unknown[], parts: readonly unknown[]): string {
  const content = [VERSION, digest(request), ...parts].join(SEPARATOR)
  return Buffer.from(digest(content) + content).toString('base64url')
}

/** The parts of a token; the last of them, a stream id, may itself be in several. */
function unseal(request: readonly unknown[], token: string): string[] {
  const text = Buffer.from(token, 'base64url').toString()
  const content = text.slice(DIGEST_LENGTH)
  if (text.slice(0, DIGEST_LENGTH) !== digest(content)) throw invalid('it is not one that this service issued')
  const [version, requestDigest, ...parts] = content.split(SEPARATOR)
  if (version !== VERSION) throw invalid('it was issued by another version of this service; start again without one')
  if (requestDigest !== digest(request)) {
    const message = 'page_token: it was issued for another call or for other arguments; only page_size may change'
    throw new ChatApiError('PAGE_TOKEN_MISMATCH', message, violation(message))
  }
  return parts
}

function placeOf(position: string | undefined, streamId: readonly string[]): Place {
  const place = { position: Number(position), streamId: streamId.join(SEPARATOR) }
  if (!Number.isSafeInteger(place.position)) throw invalid('it names no place in a list')
  return place
}

/** A text begins with a quotation mark, which no number does. */
function formatKey(key: SortKey): string {
  return Buffer.from(typeof key === 'string' ? `"${key}` : String(key)).toString('base64url')
}

function parseKey(part = ''): SortKey {
  const text = Buffer.from(part, 'base64url').toString()
  return text.startsWith('"') ? text.slice(1) : Number(text)
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
