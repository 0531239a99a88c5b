import { formatListenAddress, isLoopback, type ListenAddress, parseListenAddress } from './config/listen-address.ts'
import {
  ConfigError,
  choiceSetting,
  type Environment,
  type Flags,
  readSettings,
  type Setting,
  type Settings,
  showSettings,
  switchSetting,
  type Values,
} from './config/settings.ts'
import { maskUrl, parseStoreUrl } from './config/store-url.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from './config/units.ts'

const MAX_DRAIN_MS = 600_000
/** Below this a single stream with the longest names and labels, or a full batch of ids, might not fit. */
const MIN_MESSAGE_BYTES = 524_288
/** A message is held in memory whole, several times over while it is decoded. */
const MAX_MESSAGE_BYTES = 67_108_864
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const store: Setting<string> = {
  flag: 'store',
  placeholder: 'URL',
  fallback: 'sqlite:./data/chatapi.db',
  help: 'where streams are kept: sqlite:PATH or mongodb://HOST/DATABASE',
  parse(text) {
    parseStoreUrl(text)
    return text
  },
  show: maskUrl,
}

export const serveSettings = {
  store,
  grpcListen: listenSetting('grpc-listen', '127.0.0.1:50051', 'address for gRPC, port 0 for a free one, or "off"'),
  httpListen: listenSetting('http-listen', '127.0.0.1:8080', 'address for Connect, gRPC-Web and JSON, or "off"'),
  insecureListen: switchSetting(
    'insecure-listen',
    'allow addresses that other machines reach: anyone there may read and write',
  ),
  corsOrigins: {
    flag: 'cors-origin',
    placeholder: 'ORIGIN',
    isList: true,
    help: 'web origin whose pages may call, such as https://example.org; repeatable, or a list with commas',
    parse: parseOrigins,
    show: (origins) => origins.join(',') || 'none',
  } satisfies Setting<readonly string[]> as Setting<readonly string[]>,
  maxMessageBytes: {
    flag: 'max-message-bytes',
    placeholder: 'SIZE',
    fallback: '4MiB',
    help: 'largest request read and largest answer sent',
    parse: (text) => parseSize(text, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
    show: formatSize,
  } satisfies Setting<number> as Setting<number>,
  drainTimeoutMs: {
    flag: 'drain-timeout',
    placeholder: 'DURATION',
    fallback: '10s',
    help: 'how long calls in flight may take to finish once the server was told to stop',
    parse: (text) => parseDuration(text, MAX_DRAIN_MS),
    show: formatDuration,
  } satisfies Setting<number> as Setting<number>,
  logLevel: choiceSetting('log-level', LOG_LEVELS, 'info', `least severe log lines shown: ${LOG_LEVELS.join(', ')}`),
  logFormat: choiceSetting(
    'log-format',
    ['auto', 'pretty', 'json'],
    'auto',
    'form of the log; auto is pretty on a terminal',
  ),
}

export const importSettings = {
  store,
  dryRun: switchSetting('dry-run', 'tell what would happen and write nothing'),
  timeZone: {
    flag: 'time-zone',
    placeholder: 'ZONE',
    fallback: Intl.DateTimeFormat().resolvedOptions().timeZone,
    help: 'zone of times that the source keeps without one, such as Asia/Shanghai',
    parse: parseTimeZone,
  } satisfies Setting<string> as Setting<string>,
  json: switchSetting('json', 'print the report as one JSON object'),
}

/** What `serve` runs with. `maxMessageBytes` is in bytes, an absent address is a listener that is off. */
export type Config = Values<typeof serveSettings>
export type ImportConfig = Values<typeof importSettings>

/** Throws `ConfigError` with every fault there is. */
export function readServeConfig(flags: Flags, environment: Environment = process.env): Config {
  return read(serveSettings, flags, environment, (config, faults) => {
    const listeners = [config.grpcListen, config.httpListen].filter((address) => address !== undefined)
    faults.push(...contradictions(listeners, config.insecureListen === true))
    const isOff = 'grpcListen' in config && 'httpListen' in config && listeners.length === 0
    if (isOff) faults.push('--grpc-listen and --http-listen are both off: nothing would be served')
  })
}

/** Throws `ConfigError` with every fault there is. */
export function readImportConfig(flags: Flags, environment: Environment = process.env): ImportConfig {
  return read(importSettings, flags, environment)
}

/** The effective values by their flags, without secrets. */
export function showConfig(config: Config): Record<string, string> {
  return showSettings(serveSettings, config)
}

function read<S extends Settings>(
  settings: S,
  flags: Flags,
  environment: Environment,
  check: (values: Partial<Values<S>>, faults: string[]) => void = () => {},
): Values<S> {
  const faults: string[] = []
  const values = readSettings(settings, flags, environment, faults)
  check(values, faults)
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.freeze(values as Values<S>)
}

function contradictions(listeners: readonly ListenAddress[], isInsecureAllowed: boolean): string[] {
  const faults: string[] = []
  for (const address of listeners) {
    if (isInsecureAllowed || isLoopback(address)) continue
    faults.push(
      `${formatListenAddress(address)} is reached by other machines, and anyone there could read and change every stream; ` +
        'listen on 127.0.0.1, or accept that with --insecure-listen',
    )
  }
  const [grpc, http] = listeners
  if (grpc && http && grpc.port !== 0 && formatListenAddress(grpc) === formatListenAddress(http)) {
    faults.push(`--grpc-listen and --http-listen are both ${formatListenAddress(grpc)}; give each its own port`)
  }
  return faults
}

function listenSetting(flag: string, fallback: string, help: string): Setting<ListenAddress | undefined> {
  return {
    flag,
    placeholder: 'HOST:PORT',
    fallback,
    help,
    parse: (text) => (text === 'off' ? undefined : Object.freeze(parseListenAddress(text))),
    show: (address) => (address ? formatListenAddress(address) : 'off'),
  }
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
