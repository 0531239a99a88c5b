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
    const shown = maskUrl(url)
    const isFile = !/^\s*[a-z][a-z+]+:/i.test(url) && url !== '' && shown === url
    const hint = isFile ? ` (for a file: sqlite:${url})` : ''
    throw new Error(`${JSON.stringify(shown)} is no store; ${EXPECTED}${hint}`)
  }
  if (path === '') throw new Error(`"sqlite:" names no file; ${EXPECTED}`)
  if (/^[a-z][a-z+]+:\/\//i.test(path)) {
    throw new Error(`${JSON.stringify(maskUrl(url))} holds a URL where a file is named; ${EXPECTED}`)
  }
  if (/^\/\/[^/]/.test(path)) {
    throw new Error(
      `${JSON.stringify(maskUrl(url))} has two slashes; expected sqlite:PATH, such as sqlite:${maskUrl(path.slice(2))}`,
    )
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

/** A file, which keeps no secret; without the two slashes of a host. */
const FILE = /^(?:sqlite:(?!\/\/[^/])|[a-z]:\\)(?!.*:\/\/)/is

/** What stands between the first colon and the last @ is a password: it may hold any of what separates the parts. */
const PASSWORD = /^([^:]*:).*@/s

/**
 * The URL as it may be shown: a password and secret options are masked, also where the URL is none. What could be part of a
 * password is taken for it.
 */
export function maskUrl(url: string): string {
  const scheme = /^\s*[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? ''
  const masked = FILE.test(url) ? url : scheme + url.slice(scheme.length).replace(PASSWORD, '$1***@')
  return masked.replace(SECRET_OPTION, '$1***')
}

/** A text that may hold URLs, such as an error of a library, as it may be shown. */
export function maskUrlsIn(text: string): string {
  return text
    .replace(/[a-z][a-z0-9+.-]*:\/\/.*@/gi, maskUrl)
    .replace(/[?&]\S+/g, (options) => options.replace(SECRET_OPTION, '$1***'))
}
