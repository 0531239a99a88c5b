import { isLoopback } from '../config/listen-address.ts'
import { ChatApiError } from '../domain/errors.ts'
import type { Exchange } from './exchange.ts'

/** Hosts that were looked at and pass, so that a client's every request need not be looked at anew. */
const MAX_KNOWN_HOSTS = 64

export interface OriginRules {
  /** Names, with or without a port, under which pages may be served from here. */
  readonly allowedHosts: readonly string[]
  /** Origins of other sites whose pages may call; `*` for all. */
  readonly corsOrigins: readonly string[]
  /** Whether only this machine reaches the server. */
  readonly isOnLoopback: boolean
  readonly knownHosts: Set<string>
}

/**
 * Why a request is not to be answered; undefined where it is. Browsers run pages of strangers on the machine on which the
 * server trusts everyone. Such a page can send requests, and can make its own name lead to 127.0.0.1: what it cannot do is
 * send another `Origin`, or another `Host`, than its own.
 */
export function refusalOf(exchange: Exchange, rules: OriginRules): ChatApiError | undefined {
  const { host, headers } = exchange
  if (headers.origin === undefined && (host === undefined || rules.knownHosts.has(host))) return undefined
  const url = host === undefined ? undefined : URL.parse(`http://${host}`)
  if (url === null) {
    return new ChatApiError('MALFORMED_REQUEST', `the Host header is not a valid host: ${JSON.stringify(host)}`)
  }
  if (rules.isOnLoopback && url && !isLocal(url) && !isAllowedHost(url, rules)) {
    return refused(`the host ${JSON.stringify(host)} is not one of this server; --allowed-host makes it one`)
  }
  if (host !== undefined && rules.knownHosts.size < MAX_KNOWN_HOSTS) rules.knownHosts.add(host)
  const { origin } = headers
  if (origin === undefined || isAllowedOrigin(origin, url, rules)) return undefined
  return refused(`pages of ${JSON.stringify(origin)} may not call this server; --cors-origin lets them`)
}

function isAllowedOrigin(origin: string, host: URL | undefined, rules: OriginRules): boolean {
  if (rules.corsOrigins.includes('*') || rules.corsOrigins.includes(origin)) return true
  const url = URL.parse(origin)
  if (!url || url.origin !== origin) return false
  return url.host === host?.host || isAllowedHost(url, rules)
}

function isLocal({ hostname }: URL): boolean {
  return isLoopback({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: 0 })
}

function isAllowedHost({ host, hostname }: URL, { allowedHosts }: OriginRules): boolean {
  return allowedHosts.includes(host) || allowedHosts.includes(hostname)
}

function refused(message: string): ChatApiError {
  return new ChatApiError('ORIGIN_REFUSED', message)
}
