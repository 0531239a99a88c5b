const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** The URL of an address such as `127.0.0.1:50051` or `https://chat.example`, without a path. */
export function parseAddress(address: string, defaultPort: number): string {
  const expected = `expected host:port, http://host:port or https://host:port`
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address)
  const text = hasScheme ? address : `http://${address}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname)
  if (!isPlain || url.username || url.password || url.search || url.hash) {
    throw new TypeError(`the address ${JSON.stringify(address)} is not one: ${expected}`)
  }
  // A URL drops the port that its scheme implies, so the text tells whether there was one.
  if (!hasScheme && !/:\d+\/?$/.test(address)) url.port = String(defaultPort)
  return url.origin
}

/** Throws where a token would travel in the clear. */
export function keepTokenPrivate(baseUrl: string, allowPlaintextToken: boolean): void {
  const { protocol, hostname } = new URL(baseUrl)
  if (protocol === 'http:' && !LOOPBACK.test(hostname) && !allowPlaintextToken) {
    throw new TypeError(
      `the token would travel to ${baseUrl} unencrypted: use https://, or allowPlaintextToken where the network is trusted`,
    )
  }
}
