import { ErrorReason } from '../../gen/chatapi/v1/chat_api_pb.js'
import type { Place } from './order.ts'
import { refused } from './refusals.ts'

/** Tells the pages of a replica from those of servers, which do not know each other. */
const PREFIX = 'replica.'

/** What a page is of, as text: its token is good for nothing else. */
export type Asked = string

/** Where the next page begins: behind a place. Good for every replica of the same filter. */
export function formatPageToken(asked: Asked, { key, position, streamId }: Place): string {
  return PREFIX + encodeURIComponent(JSON.stringify([hashed(asked), key, position, streamId]))
}

/** Reads a token back; throws PAGE_TOKEN_INVALID or PAGE_TOKEN_MISMATCH. */
export function parsePageToken(method: string, asked: Asked, token: string): Place {
  const [hash, key, position, streamId] = partsOf(token)
  if (typeof position !== 'number' || typeof streamId !== 'string' || !['number', 'string'].includes(typeof key)) {
    throw refused(method, ErrorReason.PAGE_TOKEN_INVALID, [
      { field: 'page_token', description: 'it is not one that a replica issued' },
    ])
  }
  if (hash !== hashed(asked)) {
    throw refused(method, ErrorReason.PAGE_TOKEN_MISMATCH, [
      { field: 'page_token', description: 'it was issued for another call or for other arguments' },
    ])
  }
  return { key: key as Place['key'], position, streamId }
}

function partsOf(token: string): unknown[] {
  if (!token.startsWith(PREFIX)) return []
  try {
    const parts: unknown = JSON.parse(decodeURIComponent(token.slice(PREFIX.length)))
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}

/** FNV-1a: tells slips apart, not attacks. */
function hashed(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
