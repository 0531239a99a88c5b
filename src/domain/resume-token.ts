import { hash } from 'node:crypto'
import { ChatApiError } from './errors.ts'

/** Bump when the meaning of tokens changes, so that older ones are refused rather than misread. */
const VERSION = '1'
const SEPARATOR = '~'
const DIGEST_LENGTH = 8

/** Where a watch goes on: behind a commit, of a store, with a filter and within a scope. */
export interface ResumePoint {
  readonly revision: bigint
  /** Of the store, opaque. */
  readonly cursor: string
}

/** What a watch is of: tokens of another are refused. */
export interface WatchIdentity {
  readonly filter: unknown
  readonly scope: unknown
}

export function formatResumeToken({ filter, scope }: WatchIdentity, { revision, cursor }: ResumePoint): string {
  const content = [VERSION, digest(filter), digest(scope), String(revision), cursor].join(SEPARATOR)
  return Buffer.from(digest(content) + content).toString('base64url')
}

/**
 * Reads a token back. Throws RESUME_TOKEN_MISMATCH where it is of another filter, or no token at all, and RESUME_TOKEN_EXPIRED
 * where it is of another scope: what the caller may see has changed, and a new snapshot shows it.
 */
export function parseResumeToken({ filter, scope }: WatchIdentity, token: string): ResumePoint {
  const text = Buffer.from(token, 'base64url').toString()
  const content = text.slice(DIGEST_LENGTH)
  const [version, filterDigest, scopeDigest, revision, ...cursor] = content.split(SEPARATOR)
  if (text.slice(0, DIGEST_LENGTH) !== digest(content) || !/^\d{1,20}$/.test(revision ?? '')) {
    throw mismatch('it is not one that this service issued')
  }
  if (version !== VERSION) throw expired('it was issued by another version of this service')
  if (filterDigest !== digest(filter)) throw mismatch('it was issued for another filter')
  if (scopeDigest !== digest(scope)) throw expired('what this caller may see has changed')
  return { revision: BigInt(revision!), cursor: cursor.join(SEPARATOR) }
}

/** The remedy is a new snapshot, whatever the cause. */
export function expired(why: string, cause?: unknown): ChatApiError {
  return new ChatApiError(
    'RESUME_TOKEN_EXPIRED',
    `resume_token: ${why}; watch without one, which begins with a snapshot`,
    {
      cause,
    },
  )
}

function mismatch(why: string): ChatApiError {
  const message = `resume_token: ${why}`
  return new ChatApiError('RESUME_TOKEN_MISMATCH', message, {
    violations: [{ field: 'resume_token', description: message }],
  })
}

/** Tells slips apart, not attacks: a token gives access to nothing. */
function digest(value: unknown): string {
  return hash('sha1', JSON.stringify(value) ?? '', 'base64url').slice(0, DIGEST_LENGTH)
}
