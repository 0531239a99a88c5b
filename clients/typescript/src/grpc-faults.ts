/** Words of grpc-js, OpenSSL and Node by which to tell what failed where no code stands among them. */
const MEANINGS: readonly (readonly [words: RegExp, platformCode: string])[] = [
  [/Name resolution failed/, 'ENOTFOUND'],
  [/wrong version number|packet length too long/, 'EPROTO'],
  [/before secure TLS/, 'ECONNRESET'],
  [/certificate|altnames|self[- ]signed/i, 'CERT'],
  [/Protocol error|Failed to connect/, 'ERR_HTTP2_ERROR'],
  [/Connection dropped|RST_STREAM|Stream refused|Call cancelled/, 'ECONNRESET'],
]

/** What the platform would call the failure of a connection that grpc-js describes; undefined for any other. */
export function platformCodeOf(details: string): string | undefined {
  const [code] = /\b(E[A-Z]{4,}|ERR_[A-Z0-9_]+)\b/.exec(details) ?? []
  return code ?? MEANINGS.find(([words]) => words.test(details))?.[1]
}

/** What failed, without the frame that grpc-js puts around it. */
export function faultText(details: string): string {
  const [, error] = /Last error: (?:Error: )?([\s\S]*?)\.? Resolution note:/.exec(details) ?? []
  // The time that grpc-js adds to the errors of a connection says nothing here.
  return (error ?? details).replace(/ \(\d{4}-[\dT:.-]+Z\)$/, '').trim()
}
