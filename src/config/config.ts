import { ROLES } from '../domain/access.ts'
import { DEFAULT_PLATFORM_ALIASES } from '../domain/platform.ts'
import {
  aliasesSetting,
  countLimitSetting,
  countSetting,
  durationLimitSetting,
  durationSetting,
  fileSetting,
  hostsSetting,
  issuerSetting,
  listenSetting,
  originsSetting,
  sizeSetting,
  sourcesSetting,
  storeSetting,
  textSetting,
  textsSetting,
  timeZoneSetting,
} from './kinds.ts'
import { formatListenAddress, isLoopback, type ListenAddress } from './listen-address.ts'
import {
  ConfigError,
  choiceSetting,
  type Environment,
  type Flags,
  readSettings,
  type Settings,
  showSettings,
  switchSetting,
  type Values,
} from './settings.ts'
import { parseStoreUrl } from './store-url.ts'
import { warningsOfUnknown } from './unknown-variables.ts'

const MAX_DRAIN_MS = 600_000
const MAX_DAY_MS = 86_400_000
/** A year: whoever wants more wants no limit at all. */
const MAX_CLOCK_SKEW_MS = 31_536_000_000
/** Below this a single stream with the longest names and labels, or a full batch of ids, might not fit. */
const MIN_MESSAGE_BYTES = 524_288
/** A message is held in memory whole, several times over while it is decoded. */
const MAX_MESSAGE_BYTES = 67_108_864
/** Below this one client could use up what is for all. */
const MIN_UNREAD_BYTES = 67_108_864
const MAX_UNREAD_BYTES = 17_179_869_184
/** More than any machine has cores for; each takes memory for the whole directory. */
const MAX_WORKERS = 128
/** Below this the changes of one commit might not fit. */
const MIN_WATCH_QUEUE_BYTES = 1_048_576
/** A year: whoever wants more wants a backup. */
const MAX_LOG_RETENTION_MS = 31_536_000_000
/** Below this the changes of one commit might not fit. */
const MIN_LOG_RETENTION_BYTES = 1_048_576
const MAX_LOG_RETENTION_BYTES = 1_099_511_627_776
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const DEFAULT_STORE = 'sqlite:./data/chatapi.db'

const store = storeSetting('store', DEFAULT_STORE, 'where streams are kept: sqlite:PATH or mongodb://HOST/DATABASE')
const timeZone = timeZoneSetting('time-zone', 'zone of times that the source keeps without one, such as Asia/Shanghai')
const logLevel = choiceSetting(
  'log-level',
  LOG_LEVELS,
  'info',
  `least severe log lines shown: ${LOG_LEVELS.join(', ')}`,
)
const logFormat = choiceSetting(
  'log-format',
  ['auto', 'pretty', 'json'],
  'auto',
  'form of the log; auto is pretty on a terminal',
)

export const serveSettings = {
  store,
  grpcListen: listenSetting('grpc-listen', '127.0.0.1:50051', 'address for gRPC, port 0 for a free one, or "off"'),
  httpListen: listenSetting('http-listen', '127.0.0.1:8080', 'address for Connect, gRPC-Web and JSON, or "off"'),
  insecureListen: switchSetting(
    'insecure-listen',
    'allow addresses that other machines reach: anyone there may read and write',
  ),
  authTokens: fileSetting(
    'auth-tokens',
    'who may call: a file of tokens by their SHA-256; see chatapi token new --help',
  ),
  oidcIssuer: issuerSetting(
    'oidc-issuer',
    'OpenID provider whose tokens say who calls, such as https://login.example.org',
  ),
  oidcAudience: textSetting('oidc-audience', 'TEXT', 'what tokens for this server name as their audience'),
  tlsCert: fileSetting('tls-cert', 'certificate of the server, and what leads from it to an authority, in PEM'),
  tlsKey: fileSetting('tls-key', 'its private key, in PEM'),
  tlsClientCa: fileSetting('tls-client-ca', 'authorities whose certificates clients show to say who they are, in PEM'),
  corsOrigins: originsSetting(
    'cors-origin',
    'web origin whose pages may call, such as https://example.org; repeatable, or a list with commas',
  ),
  allowedHosts: hostsSetting(
    'allowed-host',
    'name under which the HTTP port may be asked besides localhost, such as chats.example.org; repeatable',
  ),
  maxMessageBytes: sizeSetting(
    'max-message-bytes',
    '4MiB',
    'largest request read and largest answer sent',
    MIN_MESSAGE_BYTES,
    MAX_MESSAGE_BYTES,
  ),
  maxUnreadBytes: sizeSetting(
    'max-unread-bytes',
    '256MiB',
    'what may wait in the server for its clients to read, or to finish sending, all of them together',
    MIN_UNREAD_BYTES,
    MAX_UNREAD_BYTES,
  ),
  maxConnections: countSetting('max-connections', 10_000, 'connections at a time; further ones are closed at once'),
  maxConnectionsPerAddress: countSetting('max-connections-per-address', 1_000, 'connections of one client address'),
  maxStreamsPerConnection: countSetting(
    'max-streams-per-connection',
    1_024,
    'calls of one HTTP/2 connection at a time; further ones wait in the client',
  ),
  requestTimeoutMs: durationSetting('request-timeout', '30s', 'how long a request may take to arrive whole'),
  idleTimeoutMs: durationSetting('idle-timeout', '10s', 'how long a connection may take to its first call'),
  maxWatchQueueBytes: sizeSetting(
    'max-watch-queue-bytes',
    '8MiB',
    'what may wait for one watcher to take it, before it is cut off',
    MIN_WATCH_QUEUE_BYTES,
    MAX_MESSAGE_BYTES,
  ),
  logRetentionMs: durationSetting(
    'log-retention',
    '24h',
    'how long changes are kept that watches go on from; SQLite only, MongoDB has the log of its replica set',
    MAX_LOG_RETENTION_MS,
  ),
  logRetentionBytes: sizeSetting(
    'log-retention-bytes',
    '1GiB',
    'how large these changes may be together, after which the oldest go; SQLite only',
    MIN_LOG_RETENTION_BYTES,
    MAX_LOG_RETENTION_BYTES,
  ),
  rate: countLimitSetting(
    'rate',
    'calls a second of each principal, or of each address where nobody is asked who calls',
  ),
  maxStreamsPerPrincipal: countLimitSetting(
    'max-streams-per-principal',
    'streams, such as watches, that one principal has open at a time, or one address where nobody is asked who calls',
  ),
  maxDeadlineMs: durationSetting(
    'max-deadline',
    '5m',
    'how long a call may take, whatever deadline its client sets; watches have no end of their own and are exempt',
    MAX_DAY_MS,
  ),
  maxConnectionAgeMs: durationLimitSetting(
    'max-connection-age',
    'how long clients may keep a connection before they are sent to connect anew, so that they spread over all servers',
    MAX_DAY_MS,
  ),
  maxClockSkewMs: durationSetting(
    'max-clock-skew',
    '24h',
    'how far ahead of the clock of the server an activity may be dated',
    MAX_CLOCK_SKEW_MS,
  ),
  platformAliases: aliasesSetting(
    'platform-alias',
    DEFAULT_PLATFORM_ALIASES,
    'what another system calls a platform, in texts that ResolveStream reads; repeatable, and in place of the defaults',
  ),
  readyWhen: choiceSetting(
    'ready-when',
    ['reads', 'writes'],
    'reads',
    'what the server must be able to do to be called ready: answer reads, or also take writes',
  ),
  reads: choiceSetting(
    'reads',
    ['memory', 'store'],
    'memory',
    'where answers come from: a copy in memory, or the store, call by call, for a directory larger than the memory',
  ),
  workers: countSetting(
    'workers',
    1,
    'processes that serve together on the same ports, each on a core of its own',
    MAX_WORKERS,
  ),
  drainDelayMs: durationSetting(
    'drain-delay',
    '0s',
    'how long to go on once health says that the server ends, so that balancers see it before calls are refused',
    MAX_DRAIN_MS,
  ),
  drainTimeoutMs: durationSetting(
    'drain-timeout',
    '10s',
    'how long calls in flight may take to finish once the server was told to stop',
    MAX_DRAIN_MS,
  ),
  follow: sourcesSetting(
    'follow',
    'bot whose chats come in as it writes them: its MaiBot.db, or mongodb://HOST/DATABASE; repeatable',
  ),
  timeZone,
  logLevel,
  logFormat,
}

export const followSettings = {
  store,
  timeZone,
  maxClockSkewMs: serveSettings.maxClockSkewMs,
  logLevel,
  logFormat,
}

export const importSettings = {
  store,
  dryRun: switchSetting('dry-run', 'tell what would happen and write nothing'),
  timeZone,
  json: switchSetting('json', 'print the report as one JSON object'),
}

const json = switchSetting('json', 'print the report as one JSON object')

export const backupSettings = { store, json }
export const restoreSettings = {
  store: storeSetting('store', DEFAULT_STORE, 'empty store to fill: sqlite:PATH or mongodb://HOST/DATABASE'),
  json,
}
export const verifySettings = {
  store: storeSetting('store', DEFAULT_STORE, 'store to look through where no FILE is named'),
  json,
}

export const exportSettings = {
  address: {
    ...textSetting('address', 'HOST:PORT', 'server to ask, also as https://HOST:PORT; CHATAPI_TOKEN says who asks'),
    fallback: '127.0.0.1:50051',
  },
  store: textSetting(
    'store',
    'URL',
    'store to open in place of asking a server: sqlite:PATH or mongodb://HOST/DATABASE',
  ),
  json,
}

export const tokenSettings = {
  role: choiceSetting(
    'role',
    ROLES,
    'reader',
    `what the caller may do, each more than the one before: ${ROLES.join(', ')}`,
  ),
  platforms: textsSetting(
    'platform',
    'PLATFORM',
    'platform whose streams it may see and write; repeatable; default: all',
  ),
  accounts: textsSetting('account', 'ACCOUNT', 'account of the bot, likewise; repeatable; default: all'),
  file: fileSetting('file', 'tokens file to add the entry to, which is made where there is none'),
  json: switchSetting('json', 'print one JSON object'),
}

/** What `serve` runs with. `maxMessageBytes` is in bytes, an absent address is a listener that is off. */
export type Config = Values<typeof serveSettings>
export type FollowConfig = Values<typeof followSettings>
export type ImportConfig = Values<typeof importSettings>
/** Of `backup`, `restore` and `verify`. */
export type BackupConfig = Values<typeof backupSettings>
export interface ExportConfig {
  readonly address: string
  readonly token: string | undefined
  /** To open, where it is named on the command line; else the server is asked. */
  readonly store: string | undefined
  readonly json: boolean
}
export type TokenConfig = Values<typeof tokenSettings>

/** Throws `ConfigError` with every fault there is. */
export function readServeConfig(flags: Flags, environment: Environment = process.env): Config {
  return read(serveSettings, flags, environment, (config, faults) => {
    const listeners = [config.grpcListen, config.httpListen].filter((address) => address !== undefined)
    const isOpenToAll = [config.authTokens, config.oidcIssuer, config.tlsClientCa].every((each) => each === undefined)
    faults.push(...contradictions(listeners, isOpenToAll && config.insecureListen !== true))
    if ((config.oidcIssuer === undefined) !== (config.oidcAudience === undefined)) {
      faults.push('--oidc-issuer and --oidc-audience go together: a token for another service is no token for this one')
    }
    if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
      faults.push('--tls-cert and --tls-key go together: one is worth nothing without the other')
    } else if (config.tlsClientCa !== undefined && config.tlsCert === undefined) {
      faults.push('--tls-client-ca needs --tls-cert and --tls-key: clients show certificates over TLS alone')
    }
    const isOff = 'grpcListen' in config && 'httpListen' in config && listeners.length === 0
    if (isOff) faults.push('--grpc-listen and --http-listen are both off: nothing would be served')
  })
}

/** Throws `ConfigError` with every fault there is. */
export function readImportConfig(flags: Flags, environment: Environment = process.env): ImportConfig {
  return read(importSettings, flags, environment)
}

/** Throws `ConfigError` with every fault there is. */
export function readFollowConfig(flags: Flags, environment: Environment = process.env): FollowConfig {
  return read(followSettings, flags, environment)
}

/** For `backup`, `restore` and `verify`. Throws `ConfigError` with every fault there is. */
export function readBackupConfig(flags: Flags, environment: Environment = process.env): BackupConfig {
  return read(backupSettings, flags, environment)
}

/** Throws `ConfigError` with every fault there is. */
export function readExportConfig(flags: Flags, environment: Environment = process.env): ExportConfig {
  // The store of a server that runs in the same environment is not one to open beside it unasked.
  const { CHATAPI_STORE: _, CHATAPI_TOKEN: token, ...others } = environment
  const values = read(exportSettings, flags, others, ({ store }, faults) => {
    if (store !== undefined) faults.push(...faultsOf('--store', () => parseStoreUrl(store)))
  })
  return { ...values, address: values.address ?? '127.0.0.1:50051', token: token || undefined }
}

function faultsOf(flag: string, parse: () => unknown): string[] {
  try {
    parse()
    return []
  } catch (error) {
    return [`${flag}: ${(error as Error).message}`]
  }
}

/** Throws `ConfigError` with every fault there is. */
export function readTokenConfig(flags: Flags): TokenConfig {
  // What a token may do is not left to whatever the environment says.
  return read(tokenSettings, flags, {})
}

/** Whether a command that cannot even be configured is to fail in JSON. */
export function isJsonWanted(flags: Flags, environment: Environment = process.env): boolean {
  return readSettings({ json: importSettings.json }, flags, environment, []).json === true
}

/** What is wrong with the environment and ends nothing: variables that no option of any command has. */
export function environmentWarnings(environment: Environment = process.env): string[] {
  return warningsOfUnknown([...Object.values(serveSettings), ...Object.values(importSettings)], environment)
}

/** The effective values by their flags, without secrets; those that are there. */
export function showConfig(config: Partial<Config>): Record<string, string> {
  return showSettings(serveSettings, config)
}

/** Reads settings; throws `ConfigError` with every fault there is. */
export function read<S extends Settings>(
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

function contradictions(listeners: readonly ListenAddress[], needsLoopback: boolean): string[] {
  const faults: string[] = []
  for (const address of listeners) {
    if (!needsLoopback || isLoopback(address)) continue
    faults.push(
      `${formatListenAddress(address)} is reached by other machines, and anyone there could read and change every stream; ` +
        'listen on 127.0.0.1, let in whom --auth-tokens, --oidc-issuer or --tls-client-ca names, or accept that with --insecure-listen',
    )
  }
  const [grpc, http] = listeners
  if (grpc && http && grpc.port !== 0 && formatListenAddress(grpc) === formatListenAddress(http)) {
    faults.push(`--grpc-listen and --http-listen are both ${formatListenAddress(grpc)}; give each its own port`)
  }
  return faults
}
