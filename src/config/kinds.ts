import type { PlatformAliases } from '../domain/platform.ts'
import { formatListenAddress, isLoopback, type ListenAddress, parseListenAddress } from './listen-address.ts'
import type { Setting } from './settings.ts'
import { maskUrl, parseStoreUrl } from './store-url.ts'
import { formatDuration, formatSize, parseCount, parseDuration, parseSize } from './units.ts'

const MAX_TIMEOUT_MS = 3_600_000

/** The URL of a store, which is never shown with its password. */
export function storeSetting(flag: string, fallback: string, help: string): Setting<string> {
  return {
    flag,
    placeholder: 'URL',
    fallback,
    help,
    parse(text) {
      parseStoreUrl(text)
      return text
    },
    show: maskUrl,
  }
}

const NONE = 'none'
const OFF = 'off'

/** The path of a file. */
export function fileSetting(flag: string, help: string): Setting<string | undefined> {
  return optionalSetting(flag, 'FILE', help, (path) => path)
}

/** A text of any kind. */
export function textSetting(flag: string, placeholder: string, help: string): Setting<string | undefined> {
  return optionalSetting(flag, placeholder, help, (text) => text)
}

/** The URL of an issuer of tokens, exactly as its tokens name it. */
export function issuerSetting(flag: string, help: string): Setting<string | undefined> {
  return optionalSetting(flag, 'URL', help, parseIssuer)
}

/** Undefined for `none`. Empty is a slip, as of a variable of the shell that is not set, and must not pass for none. */
function optionalSetting(
  flag: string,
  placeholder: string,
  help: string,
  parse: (text: string) => string,
): Setting<string | undefined> {
  return {
    flag,
    placeholder,
    fallback: NONE,
    help,
    parse(text) {
      if (text === '') throw new Error(`the value is empty; "${NONE}" is how to leave it out`)
      return text === NONE ? undefined : parse(text)
    },
    show: (value) => value ?? NONE,
  }
}

/** An address to listen on; undefined for `off`. */
export function listenSetting(flag: string, fallback: string, help: string): Setting<ListenAddress | undefined> {
  return {
    flag,
    placeholder: 'HOST:PORT',
    fallback,
    help,
    parse: (text) => (text === OFF ? undefined : Object.freeze(parseListenAddress(text))),
    show: (address) => (address ? formatListenAddress(address) : OFF),
  }
}

/** A number of bytes. */
export function sizeSetting(flag: string, fallback: string, help: string, min: number, max: number): Setting<number> {
  return {
    flag,
    placeholder: 'SIZE',
    fallback,
    help,
    parse: (text) => parseSize(text, min, max),
    show: formatSize,
  }
}

/** A time in milliseconds. */
export function durationSetting(flag: string, fallback: string, help: string, maxMs = MAX_TIMEOUT_MS): Setting<number> {
  return {
    flag,
    placeholder: 'DURATION',
    fallback,
    help,
    parse: (text) => parseDuration(text, maxMs),
    show: formatDuration,
  }
}

/** A limit that is off unless it is set, and undefined then. */
function limitSetting<T>(setting: Omit<Setting<T>, 'fallback'>): Setting<T | undefined> {
  const { parse, show = String } = setting
  return {
    ...setting,
    fallback: OFF,
    parse: (text) => (text === OFF ? undefined : parse(text)),
    show: (limit) => (limit === undefined ? OFF : show(limit)),
  }
}

export function countSetting(flag: string, fallback: number, help: string, max?: number): Setting<number> {
  return { flag, placeholder: 'COUNT', fallback: String(fallback), help, parse: (text) => parseCount(text, max) }
}

/** A count that is a limit; undefined for `off`. */
export function countLimitSetting(flag: string, help: string): Setting<number | undefined> {
  return limitSetting({ flag, placeholder: 'COUNT', help, parse: parseCount })
}

/** A time in milliseconds that is a limit; undefined for `off`. */
export function durationLimitSetting(flag: string, help: string, maxMs: number): Setting<number | undefined> {
  return limitSetting({
    flag,
    placeholder: 'DURATION',
    help,
    parse: (text) => parseDuration(text, maxMs),
    show: formatDuration,
  })
}

/** Texts of any kind; undefined where none is given. */
export function textsSetting(flag: string, placeholder: string, help: string): Setting<readonly string[] | undefined> {
  return {
    flag,
    placeholder,
    isList: true,
    help,
    parse: (text) => (text === '' ? undefined : Object.freeze([...new Set(text.split(','))])),
    show: (texts) => texts?.join(',') ?? 'all',
  }
}

/** Paths and URLs, which may hold commas: several stand one a line in the environment. URLs are never shown with their passwords. */
export function sourcesSetting(flag: string, help: string): Setting<readonly string[]> {
  return {
    flag,
    placeholder: 'SOURCE',
    isList: true,
    separator: '\n',
    help,
    parse(text) {
      const sources = text.split('\n').map((source) => source.trim())
      return Object.freeze([...new Set(sources.filter((source) => source !== ''))])
    },
    show: (sources) => sources.map(maskUrl).join(', ') || NONE,
  }
}

/** Names of hosts, with or without a port. */
export function hostsSetting(flag: string, help: string): Setting<readonly string[]> {
  return listSetting(flag, 'HOST', help, parseHosts)
}

/** Further names of platforms, as in `onebot=qq`. */
export function aliasesSetting(flag: string, fallback: PlatformAliases, help: string): Setting<PlatformAliases> {
  const show = (aliases: PlatformAliases) => [...aliases].map((pair) => pair.join('=')).join(',') || NONE
  return {
    flag,
    placeholder: 'ALIAS=PLATFORM',
    isList: true,
    fallback: show(fallback),
    help,
    parse: parseAliases,
    show,
  }
}

/** Origins of web pages, or `*`. */
export function originsSetting(flag: string, help: string): Setting<readonly string[]> {
  return listSetting(flag, 'ORIGIN', help, parseOrigins)
}

/** A name of the IANA time zone database. Default: the zone of the machine. */
export function timeZoneSetting(flag: string, help: string): Setting<string> {
  const fallback = Intl.DateTimeFormat().resolvedOptions().timeZone
  return { flag, placeholder: 'ZONE', fallback, fallbackMeaning: 'that of the machine', help, parse: parseTimeZone }
}

function listSetting(
  flag: string,
  placeholder: string,
  help: string,
  parse: (text: string) => readonly string[],
): Setting<readonly string[]> {
  return { flag, placeholder, isList: true, help, parse, show: (values) => values.join(',') || 'none' }
}

function parseIssuer(text: string): string {
  const url = URL.parse(text)
  const isLocal = url?.protocol === 'http:' && isLoopback({ host: url.hostname, port: 0 })
  if (url && (url.protocol === 'https:' || isLocal) && !url.search && !url.hash && !url.username) return text
  throw new Error(`${JSON.stringify(text)} is not an issuer; expected a URL such as https://login.example.org`)
}

function parseHosts(text: string): readonly string[] {
  const hosts = text.split(',').map((host) => host.trim().toLowerCase())
  const named = hosts.filter((host) => host !== '')
  for (const host of named) {
    if (URL.parse(`http://${host}`)?.host !== host) {
      throw new Error(`${JSON.stringify(host)} is no host; expected one such as chats.example.org, or with its port`)
    }
  }
  return Object.freeze([...new Set(named)])
}

function parseAliases(text: string): PlatformAliases {
  if (text === NONE) return new Map()
  const pairs = text.split(',').map((pair): [string, string] => {
    const [alias, platform, ...others] = pair.split('=')
    if (alias && platform && others.length === 0) return [alias, platform]
    throw new Error(`${JSON.stringify(pair)} is no alias of a platform; expected one such as onebot=qq, or "${NONE}"`)
  })
  return new Map(pairs)
}

function parseOrigins(text: string): readonly string[] {
  const origins = text.split(',').map((origin) => origin.trim())
  const named = origins.filter((origin) => origin !== '')
  for (const origin of named) {
    if (origin !== '*' && !isOrigin(origin)) {
      throw new Error(
        `${JSON.stringify(origin)} is no origin; expected one such as https://example.org, without a path`,
      )
    }
  }
  return Object.freeze([...new Set(named)])
}

function isOrigin(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '') && URL.parse(text)?.origin === text
}

function parseTimeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    throw new Error(`${JSON.stringify(text)} is no time zone; expected one such as Asia/Shanghai or UTC`)
  }
}
