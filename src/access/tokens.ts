import { hash, randomBytes } from 'node:crypto'

/** Makes secrets of this service easy to find for whoever looks for leaked ones. */
const PREFIX = 'chatapi_'
const SECRET_BYTES = 32

/** A new token. It is told once: what is kept is its digest. */
export function newToken(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url')
}

/** The SHA-256 of a token. A token is as random as its digest is long, so neither salt nor rounds would add to it. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}
