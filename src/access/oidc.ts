import { hash } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Logger } from 'pino'
import { isRole, type Principal, ROLES } from '../domain/access.ts'
import { ChatApiError, unauthenticated } from '../domain/errors.ts'
import { RationedLog } from '../log/rationed-log.ts'
import { optionalTexts } from './optional-texts.ts'

export interface OidcOptions {
  /** The issuer as its tokens name it; below it lies `.well-known/openid-configuration`. */
  readonly issuer: string
  /** What tokens for this service name as their audience. */
  readonly audience: string
}

const FETCH_TIMEOUT_MS = 5_000
/** Clocks of issuers and servers differ by seconds. */
const CLOCK_TOLERANCE_SECONDS = 30
/** Only signatures that nobody can make with what the issuer publishes. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
/** How many verified tokens are known; each is a few hundred bytes. */
const MAX_KNOWN = 4_096
const RETRY_MS = 1_000

interface Verified {
  readonly principal: Principal
  /** Seconds since the Unix epoch. */
  readonly expires: number
}

/** Knows callers by the tokens of an OpenID provider. */
export class OidcVerifier {
  readonly #options: OidcOptions
  /** Whoever reaches a port can send tokens, and while the issuer is away each of them comes here. */
  readonly #failures: RationedLog
  /** By the digest of the token: a signature is verified once, and a call costs a look here. */
  readonly #known = new Map<string, Verified>()
  #keys: Promise<JWTVerifyGetKey> | undefined

  constructor(options: OidcOptions, log: Logger) {
    this.#options = options
    this.#failures = new RationedLog(log, 'error')
  }

  /** Throws UNAUTHENTICATED where the token does not hold, PERMISSION_DENIED where it gives no role. */
  ofToken(token: string): Principal | Promise<Principal> {
    const digest = hash('sha256', token, 'base64')
    const known = this.#known.get(digest)
    if (!known) return this.#verify(token, digest)
    if (known.expires + CLOCK_TOLERANCE_SECONDS > Date.now() / 1_000) return known.principal
    this.#known.delete(digest)
    throw unauthenticated('the token has expired')
  }

  async #verify(token: string, digest: string): Promise<Principal> {
    const payload = await this.#payloadOf(token)
    const principal = principalOf(payload)
    if (this.#known.size >= MAX_KNOWN) {
      const [oldest] = this.#known.keys()
      this.#known.delete(oldest!)
    }
    this.#known.set(digest, { principal, expires: payload.exp! })
    return principal
  }

  async #payloadOf(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#options
    let keys: JWTVerifyGetKey
    try {
      this.#keys ??= discover(issuer)
      keys = await this.#keys
    } catch (error) {
      this.#keys = undefined
      throw this.#unreachable(error)
    }
    try {
      const requiredClaims = ['exp', 'sub']
      const rules = {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims,
      }
      return (await jwtVerify(token, keys, rules)).payload
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired')
      if (error instanceof errors.JWKSNoMatchingKey)
        throw unauthenticated('the token is signed by no key of the issuer')
      if (error instanceof errors.JWTClaimValidationFailed) {
        throw unauthenticated(`the claim ${JSON.stringify(error.claim)} of the token is not the one expected`)
      }
      const isOfToken = error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid
      if (
        isOfToken ||
        error instanceof errors.JWSSignatureVerificationFailed ||
        error instanceof errors.JOSEAlgNotAllowed
      ) {
        throw unauthenticated('the token is not one that the issuer signed')
      }
      throw this.#unreachable(error)
    }
  }

  #unreachable(cause: unknown): ChatApiError {
    this.#failures.tell({ err: cause, issuer: this.#options.issuer }, 'the keys of the token issuer cannot be read')
    return new ChatApiError('UNAUTHENTICATED', 'the keys of the token issuer cannot be read now', {
      cause,
      retryAfterMs: RETRY_MS,
    })
  }
}

/** The keys of an issuer, which are fetched anew when a token names one that is not known. */
async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' })
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  const found = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown }
  if (found.issuer !== issuer) throw new Error(`${url} is of another issuer: ${JSON.stringify(found.issuer)}`)
  const keys = URL.parse(String(found.jwks_uri))
  if (!keys) throw new Error(`${url} has no valid jwks_uri`)
  return createRemoteJWKSet(keys, { timeoutDuration: FETCH_TIMEOUT_MS })
}

function principalOf(payload: JWTPayload): Principal {
  const { sub, chatapi_role: role, chatapi_platforms: platforms, chatapi_accounts: accounts } = payload
  if (!isRole(role)) {
    const expected = ROLES.join(', ')
    throw new ChatApiError('PERMISSION_DENIED', `the claim "chatapi_role" of the token is none of ${expected}`)
  }
  const scope = { platforms: texts('chatapi_platforms', platforms), accountIds: texts('chatapi_accounts', accounts) }
  return { name: sub!, role, scope }
}

function texts(claim: string, value: unknown): readonly string[] | undefined {
  const message = `the claim ${JSON.stringify(claim)} of the token is not a list of texts`
  return optionalTexts(value, () => new ChatApiError('PERMISSION_DENIED', message))
}
