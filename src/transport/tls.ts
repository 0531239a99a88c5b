import type { TlsOptions as NodeTlsOptions, TLSSocket } from 'node:tls'
import type { TlsIdentity } from '../access/tls-identity.ts'

export interface TlsOptions {
  readonly identity: TlsIdentity
  /** Whether a client has to show a certificate of an authority of ours. Default: it may. */
  readonly requiresCertificate?: boolean
}

/** What came before is broken, or not looked after any more. */
export const MIN_TLS_VERSION = 'TLSv1.2'

/**
 * What Node's servers take.
 *
 * @param handshakeTimeoutMs how long a client may take to agree on keys
 */
export function nodeTlsOptions(
  { identity, requiresCertificate = false }: TlsOptions,
  handshakeTimeoutMs: number,
  protocols: string[],
) {
  const { material } = identity
  return {
    ...material,
    minVersion: MIN_TLS_VERSION,
    ALPNProtocols: protocols,
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: material.ca !== undefined,
    // Without it a connection whose certificate is not valid comes through, and is looked at by `isTrusted`.
    rejectUnauthorized: requiresCertificate,
  } satisfies NodeTlsOptions
}

/** Whether a client shows no certificate, or one that holds. */
export function isTrusted(socket: TLSSocket): boolean {
  return socket.authorized || socket.getPeerX509Certificate() === undefined
}

/** The subject alternative names of the certificate that a client shows. */
export function certificateNamesOf(socket: TLSSocket): readonly string[] {
  const names = socket.authorized ? socket.getPeerX509Certificate()?.subjectAltName : undefined
  return names === undefined ? [] : namesIn(names)
}

/**
 * Reads the names out of `DNS:a.example.org, URI:"spiffe://b, c"`. A name in which a separator could hide is quoted as JSON
 * is, so that no name can pose as several.
 */
export function namesIn(text: string): string[] {
  const found = text.matchAll(/(?:^|, )[A-Za-z ]+:(?:("(?:[^"\\]|\\.)*")|([^,"]*))(?=, |$)/g)
  return Array.from(found, ([, quoted, plain]) => (quoted === undefined ? plain! : (JSON.parse(quoted) as string)))
}
