import type { Principal } from '../domain/access.ts'
import { unauthenticated } from '../domain/errors.ts'
import type { OidcVerifier } from './oidc.ts'
import type { TokensFile } from './tokens-file.ts'

/** What a caller shows of itself. */
export interface Credentials {
  /** The header of this name. */
  readonly authorization: string | undefined
  /** The subject alternative names of a certificate that the transport has verified. */
  readonly certificateNames: readonly string[]
}

/** Says who calls; throws UNAUTHENTICATED where nobody is known by the credentials. */
export type Authenticate = (credentials: Credentials) => Principal | Promise<Principal>

/** What callers are known by. */
export interface Knowledge {
  readonly tokens?: TokensFile | undefined
  readonly oidc?: OidcVerifier | undefined
}

const BEARER = /^bearer +([\w.~+/=-]+) *$/i
/** Three parts in base64url: what an OpenID provider signs. */
const SIGNED = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** A token says more than a certificate, which may be that of a proxy. */
export function authenticator({ tokens, oidc }: Knowledge): Authenticate {
  return ({ authorization, certificateNames }) => {
    if (authorization === undefined) {
      const principal = tokens?.ofCertificate(certificateNames)
      if (principal) return principal
      throw unauthenticated('the call has no credentials; expected the header "authorization: Bearer TOKEN"')
    }
    const token = BEARER.exec(authorization)?.[1]
    if (token === undefined) {
      throw unauthenticated('the header "authorization" has no token; expected "Bearer TOKEN"')
    }
    if (oidc && SIGNED.test(token)) return oidc.ofToken(token)
    const principal = tokens?.ofToken(token)
    if (!principal) throw unauthenticated('the token is not known')
    return principal
  }
}
