import type { IncomingMessage, ServerResponse } from 'node:http'
import { cors } from '@connectrpc/connect'

/** Browsers keep the answer to a preflight no longer than this anyway. */
const MAX_AGE_SECONDS = 7200

const ALLOWED_METHODS = cors.allowedMethods.join(', ')
const ALLOWED_HEADERS = [...cors.allowedHeaders, 'Authorization'].join(', ')
const EXPOSED_HEADERS = cors.exposedHeaders.join(', ')

/**
 * Tells browsers which other origins may call: those listed, as in `https://console.example`, or all with `*`. Returns true
 * where the request was a preflight and is answered.
 */
export function answerCors(
  origins: readonly string[],
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  response: Pick<ServerResponse, 'setHeader' | 'writeHead' | 'end'>,
): boolean {
  if (origins.length === 0) return false
  // Also where no origin is named: a cache would give that answer to the pages of one that is.
  response.setHeader('vary', 'Origin')
  const origin = request.headers.origin
  if (origin === undefined) return false
  const isAllowed = origins.includes('*') || origins.includes(origin)
  if (isAllowed) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', EXPOSED_HEADERS)
  }
  if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false
  if (isAllowed) {
    response.setHeader('access-control-allow-methods', ALLOWED_METHODS)
    response.setHeader('access-control-allow-headers', ALLOWED_HEADERS)
    response.setHeader('access-control-max-age', String(MAX_AGE_SECONDS))
  }
  response.writeHead(204)
  response.end()
  return true
}
