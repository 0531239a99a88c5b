import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { formatListenAddress, isLoopback } from '../config/listen-address.ts'
import { type Authenticate, authenticator } from './authenticator.ts'
import { OidcVerifier } from './oidc.ts'
import { TlsIdentity } from './tls-identity.ts'
import { TokensFile } from './tokens-file.ts'

type AccessConfig = Partial<
  Pick<
    Config,
    'authTokens' | 'oidcIssuer' | 'oidcAudience' | 'tlsCert' | 'tlsKey' | 'tlsClientCa' | 'grpcListen' | 'httpListen'
  >
>

export interface Authorities extends Disposable {
  /** Says who calls; undefined where everybody may do everything. */
  readonly authenticate: Authenticate | undefined
  /** Who the server is; undefined where it speaks plain text. */
  readonly tls: { readonly identity: TlsIdentity; readonly requiresCertificate: boolean } | undefined
}

/** Opens what the configuration says that callers, and the server itself, are known by. Throws where a file of it is none. */
export function openAuthorities(config: AccessConfig, log: Logger): Authorities {
  const { authTokens, oidcIssuer, oidcAudience, tlsCert, tlsKey, tlsClientCa } = config
  using opening = new DisposableStack()
  const tokens = authTokens === undefined ? undefined : new TokensFile(authTokens, log)
  if (tokens) opening.defer(() => tokens.close())
  const oidc =
    oidcIssuer === undefined || oidcAudience === undefined
      ? undefined
      : new OidcVerifier({ issuer: oidcIssuer, audience: oidcAudience }, log)
  const knowsTokens = tokens !== undefined || oidc !== undefined
  const identity =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : new TlsIdentity({ cert: tlsCert, key: tlsKey, clientCa: tlsClientCa }, log)
  if (identity) opening.defer(() => identity.close())
  if (knowsTokens && !identity) warnOfPlainText(config, log)

  const opened = opening.move()
  return {
    authenticate: knowsTokens ? authenticator({ tokens, oidc }) : undefined,
    // Without tokens a certificate is all that says who may call.
    tls: identity && { identity, requiresCertificate: tlsClientCa !== undefined && !knowsTokens },
    [Symbol.dispose]: () => opened.dispose(),
  }
}

/** A proxy may well be the one that speaks TLS, so it is not refused. */
function warnOfPlainText({ grpcListen, httpListen }: AccessConfig, log: Logger): void {
  const exposed = [grpcListen, httpListen].filter((address) => address !== undefined && !isLoopback(address))
  if (exposed.length === 0) return
  const addresses = exposed.map((address) => formatListenAddress(address!)).join(', ')
  log.warn({ addresses }, 'tokens travel in plain text; --tls-cert and --tls-key, or a proxy in front, hide them')
}
