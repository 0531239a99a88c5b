import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { OidcVerifier } from '../../src/access/oidc.ts'
import { recordedLog } from '../support/log.ts'

type Claims = Readonly<Record<string, unknown>>

const AUDIENCE = 'chatapi'

/** An OpenID provider, as far as one who reads its tokens sees it. */
async function startIssuer() {
  const pair = await generateKeyPair('ES256', { extractable: true })
  let isDown = false
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    asked.push(request.url!)
    if (isDown) return void response.writeHead(503).end()
    response.setHeader('content-type', 'application/json')
    const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }]
    const isDiscovery = request.url === '/.well-known/openid-configuration'
    response.end(JSON.stringify(isDiscovery ? { issuer, jwks_uri: `${issuer}/keys` } : { keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const { log, lines } = recordedLog()
  const sign = (claims: Claims = {}, key: CryptoKey | Uint8Array = pair.privateKey, alg = 'ES256', kid = 'one') =>
    new SignJWT({
      iss: issuer,
      aud: AUDIENCE,
      sub: 'weather',
      exp: Date.now() / 1_000 + 60,
      chatapi_role: 'reader',
      ...claims,
    })
      .setProtectedHeader({ alg, kid })
      .sign(key as CryptoKey)
  return {
    issuer,
    asked,
    lines,
    pair,
    sign,
    verifier: new OidcVerifier({ issuer, audience: AUDIENCE }, log),
    setDown(is: boolean) {
      isDown = is
    },
  }
}

const unauthenticated = (message: string) => ({ reason: 'UNAUTHENTICATED', message })

describe('the tokens of an OpenID provider', () => {
  test('say who calls, what they may do and with what', async () => {
    const { sign, verifier } = await startIssuer()
    const token = await sign({ chatapi_role: 'recorder', chatapi_platforms: ['qq'], chatapi_accounts: ['1'] })
    const scope = { platforms: ['qq'], accountIds: ['1'] }
    expect(await verifier.ofToken(token)).toEqual({ name: 'weather', role: 'recorder', scope })
    expect(await verifier.ofToken(await sign())).toEqual({ name: 'weather', role: 'reader', scope: {} })
  })

  test('are verified once, and answered for at once from then on', async () => {
    const { asked, sign, verifier } = await startIssuer()
    const token = await sign()
    const principal = await verifier.ofToken(token)
    expect(verifier.ofToken(token)).toBe(principal)
    await verifier.ofToken(await sign({ sub: 'another' }))
    expect(asked).toEqual(['/.well-known/openid-configuration', '/keys'])
  })

  test.each<[what: string, claims: Claims, message: string]>([
    ['has expired', { exp: 1 }, 'the token has expired'],
    ['is for another service', { aud: 'other' }, 'the claim "aud" of the token is not the one expected'],
    ['is of another issuer', { iss: 'https://other' }, 'the claim "iss" of the token is not the one expected'],
    ['is not valid yet', { nbf: 4e9 }, 'the claim "nbf" of the token is not the one expected'],
    ['names nobody', { sub: undefined }, 'the claim "sub" of the token is not the one expected'],
    ['never expires', { exp: undefined }, 'the claim "exp" of the token is not the one expected'],
  ])('that %s is refused, again and again', async (_what, claims, message) => {
    const { sign, verifier } = await startIssuer()
    const token = await sign(claims)
    for (let time = 0; time < 2; time++) {
      await expect(verifier.ofToken(token)).rejects.toMatchObject(unauthenticated(message))
    }
  })

  test('of another key, or altered, are refused', async () => {
    const { sign, verifier, lines } = await startIssuer()
    const stranger = await generateKeyPair('ES256')
    const notSigned = unauthenticated('the token is not one that the issuer signed')
    await expect(verifier.ofToken(await sign({}, stranger.privateKey))).rejects.toMatchObject(notSigned)
    const [head, , signature] = (await sign()).split('.')
    const claims = Buffer.from(JSON.stringify({ chatapi_role: 'admin' })).toString('base64url')
    await expect(verifier.ofToken(`${head}.${claims}.${signature}`)).rejects.toMatchObject(notSigned)
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    await expect(verifier.ofToken(`${none}.${claims}.`)).rejects.toMatchObject(notSigned)
    expect(lines).toEqual([])
  })

  test('signed with what the issuer publishes are refused', async () => {
    const { pair, sign, verifier } = await startIssuer()
    const published = Buffer.from(JSON.stringify(await exportJWK(pair.publicKey)))
    await expect(verifier.ofToken(await sign({}, published, 'HS256'))).rejects.toMatchObject(
      unauthenticated('the token is not one that the issuer signed'),
    )
  })

  test.each<[what: string, claims: Claims, message: string]>([
    [
      'no role',
      { chatapi_role: undefined },
      'the claim "chatapi_role" of the token is none of reader, recorder, admin',
    ],
    ['a role that is none', { chatapi_role: 'root' }, 'the claim "chatapi_role" of the token is none of'],
    [
      'platforms that are no list',
      { chatapi_platforms: 'qq' },
      'the claim "chatapi_platforms" of the token is not a list',
    ],
    ['accounts that are numbers', { chatapi_accounts: [1] }, 'the claim "chatapi_accounts" of the token is not a list'],
  ])('with %s allow nothing', async (_what, claims, message) => {
    const { sign, verifier } = await startIssuer()
    const error = await Promise.resolve(verifier.ofToken(await sign(claims))).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ reason: 'PERMISSION_DENIED', message: expect.stringContaining(message) })
  })

  test('cannot be verified while the issuer is down, and are once it is back', async () => {
    const { lines, setDown, sign, verifier } = await startIssuer()
    const token = await sign()
    setDown(true)
    await expect(verifier.ofToken(token)).rejects.toMatchObject(
      unauthenticated('the keys of the token issuer cannot be read now'),
    )
    expect(lines.map(({ msg }) => msg)).toEqual(['the keys of the token issuer cannot be read'])
    // Strangers cannot fill the log: at most one line a second.
    for (let call = 0; call < 20; call++)
      await expect(verifier.ofToken(await sign({ jti: `${call}` }))).rejects.toThrow()
    expect(lines.length).toBeLessThan(20)
    setDown(false)
    expect(await verifier.ofToken(token)).toMatchObject({ name: 'weather' })
  })

  test('are taken for nothing where the issuer calls itself something else', async () => {
    const { issuer, sign } = await startIssuer()
    const other = new OidcVerifier(
      { issuer: issuer.replace('127.0.0.1', 'localhost'), audience: AUDIENCE },
      recordedLog().log,
    )
    await expect(other.ofToken(await sign())).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' })
  })
})
