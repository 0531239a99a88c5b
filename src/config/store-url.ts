/** What a store URL names. */
export type StoreLocation =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'mongodb'; readonly url: string; readonly database: string }

const EXPECTED = 'expected sqlite:PATH or mongodb://HOST/DATABASE'

/** Reads a store URL. The error shows no secret of it. */
export function parseStoreUrl(url: string): StoreLocation {
  if (isMongoUrl(url)) {
    const database = mongoDatabase(url)
    if (database === undefined) throw new Error(`${maskUrl(url)} names no database; expected mongodb://HOST/DATABASE`)
    return { engine: 'mongodb', url, database }
  }
  const path = /^sqlite:(.*)$/s.exec(url)?.[1]
  if (path === undefined) {
    const hint = /^[a-z][a-z+]+:/i.test(url) || url === '' ? '' : ` (for a file: sqlite:${url})`
    throw new Error(`${JSON.stringify(maskUrl(url))} is no store; ${EXPECTED}${hint}`)
  }
  if (path === '') throw new Error(`"sqlite:" names no file; ${EXPECTED}`)
  if (/^\/\/[^/]/.test(path)) {
    throw new Error(`${JSON.stringify(url)} has two slashes; expected sqlite:PATH, such as sqlite:${path.slice(2)}`)
  }
  if (path.includes('\0')) throw new Error('a path cannot hold a NUL character')
  return { engine: 'sqlite', path }
}

export function isMongoUrl(text: string): boolean {
  return /^mongodb(\+srv)?:\/\//.test(text)
}

/** The database in a MongoDB URL. Such a URL may list several hosts, so it is not one that `URL` reads. */
export function mongoDatabase(url: string): string | undefined {
  const name = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^/?]+)/.exec(url)?.[1]
  try {
    return name === undefined ? undefined : decodeURIComponent(name)
  } catch {
    return undefined
  }
}

const SECRET_OPTION = /([?&][^=&]*(?:password|passphrase|token|secret|authMechanismProperties)[^=&]*=)[^&]*/gi

/** The URL as it may be shown: a password, also one that should have been percent-encoded, and secret options are masked. */
export function maskUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:/?@]*):.*@/is, '$1:***@').replace(SECRET_OPTION, '$1***')
}
