import { cors } from '@connectrpc/connect'
import { type Exchange, Head } from './exchange.ts'
import { REQUEST_ID_FIELD } from './request-id.ts'

/** Browsers keep the answer to a preflight no longer than this anyway. */
const MAX_AGE_SECONDS = 7200

export const PREFLIGHT_STATUS = 204

const ALLOWED_METHODS = cors.allowedMethods.join(', ')
const ALLOWED_HEADERS = [...cors.allowedHeaders, 'Authorization', REQUEST_ID_FIELD].join(', ')
const EXPOSED_HEADERS = [...cors.exposedHeaders, REQUEST_ID_FIELD].join(', ')

/**
 * Tells browsers which other origins may call: those listed, as in `https://console.example`, or all with `*`. Returns true
 * where the request was a preflight and is answered.
 */
export function answerCors(origins: readonly string[], exchange: Exchange): boolean {
  if (origins.length === 0) return false
  // Also where no origin is named: a cache would give that answer to the pages of one that is.
  exchange.addFields('vary', 'Origin')
  const { origin } = exchange.headers
  if (origin === undefined) return false
  const isAllowed = origins.includes('*') || origins.includes(origin)
  if (isAllowed) {
    exchange.addFields('access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED_HEADERS)
  }
  if (exchange.method !== 'OPTIONS' || !exchange.headers['access-control-request-method']) return false
  exchange.send(new Head(PREFLIGHT_STATUS, isAllowed ? PREFLIGHT : []), [])
  return true
}

const PREFLIGHT = [
  'access-control-allow-methods',
  ALLOWED_METHODS,
  'access-control-allow-headers',
  ALLOWED_HEADERS,
  'access-control-max-age',
  String(MAX_AGE_SECONDS),
]
