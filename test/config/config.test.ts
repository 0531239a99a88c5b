import { describe, expect, it } from 'vitest'
import { readImportConfig, readServeConfig, showConfig } from '../../src/config/config.ts'
import { ConfigError, type Environment, type Flags } from '../../src/config/settings.ts'

function faultsOf(flags: Flags, environment: Environment = {}): readonly string[] {
  try {
    readServeConfig(flags, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('the configuration of serve', () => {
  it('listens on loopback only when nothing is set', () => {
    expect(showConfig(readServeConfig({}, {}))).toEqual({
      store: 'sqlite:./data/chatapi.db',
      follow: 'none',
      'time-zone': Intl.DateTimeFormat().resolvedOptions().timeZone,
      'grpc-listen': '127.0.0.1:50051',
      'http-listen': '127.0.0.1:8080',
      'insecure-listen': 'false',
      'auth-tokens': 'none',
      'oidc-issuer': 'none',
      'oidc-audience': 'none',
      'tls-cert': 'none',
      'tls-key': 'none',
      'tls-client-ca': 'none',
      'cors-origin': 'none',
      'allowed-host': 'none',
      'max-message-bytes': '4MiB',
      'max-unread-bytes': '256MiB',
      'max-connections': '10000',
      'max-connections-per-address': '1000',
      'max-streams-per-connection': '1024',
      'request-timeout': '30s',
      'idle-timeout': '10s',
      'max-watch-queue-bytes': '8MiB',
      rate: 'off',
      'max-streams-per-principal': 'off',
      'max-deadline': '5m',
      'max-connection-age': 'off',
      'max-clock-skew': '24h',
      'platform-alias': 'onebot=qq,red=qq,nekobox=qq,lagrange=qq,milky=qq',
      'ready-when': 'reads',
      reads: 'memory',
      workers: '1',
      'drain-delay': '0s',
      'drain-timeout': '10s',
      'log-level': 'info',
      'log-retention': '24h',
      'log-retention-bytes': '1GiB',
      'log-format': 'auto',
    })
  })

  it('takes sources to follow that hold commas, several of them, and shows no password', () => {
    const urls = ['mongodb://bot:secret@a:1,b:2/MegBot', '/data/Mai,Bot.db']
    expect(readServeConfig({ follow: urls }, {}).follow).toEqual(urls)
    const config = readServeConfig({}, { CHATAPI_FOLLOW: `${urls.join('\n')}\n` })
    expect(config.follow).toEqual(urls)
    expect(showConfig(config).follow).toBe('mongodb://bot:***@a:1,b:2/MegBot, /data/Mai,Bot.db')
  })

  it('takes the environment where there is no flag, and ignores an empty variable', () => {
    const environment = {
      CHATAPI_GRPC_LISTEN: '127.0.0.1:1234',
      CHATAPI_HTTP_LISTEN: '127.0.0.1:4321',
      CHATAPI_STORE: '',
      CHATAPI_INSECURE_LISTEN: '1',
      CHATAPI_MAX_MESSAGE_BYTES: '524288',
      CHATAPI_DRAIN_TIMEOUT: '500ms',
    }
    expect(readServeConfig({ 'http-listen': ['127.0.0.1:9'] }, environment)).toMatchObject({
      store: 'sqlite:./data/chatapi.db',
      grpcListen: { host: '127.0.0.1', port: 1234 },
      httpListen: { host: '127.0.0.1', port: 9 },
      insecureListen: true,
      maxMessageBytes: 524_288,
      drainTimeoutMs: 500,
    })
  })

  it('reports all faults at once, each by the place it was written', () => {
    const faults = faultsOf(
      { store: ['data.db'], 'grpc-listen': ['0.0.0.0:1'], 'cors-origin': ['https://a.org/x'], 'drain-timeout': ['1d'] },
      { CHATAPI_LOG_LEVEL: 'loud', CHATAPI_HTTP_LISTEN: '127.0.0.1:65536', CHATAPI_MAX_MESSAGE_BYTES: '1TiB' },
    )
    expect(faults).toEqual([
      '--store: "data.db" is no store; expected sqlite:PATH or mongodb://HOST/DATABASE (for a file: sqlite:data.db)',
      'CHATAPI_HTTP_LISTEN: "127.0.0.1:65536" is no address; expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080',
      '--cors-origin: "https://a.org/x" is no origin; expected one such as https://example.org, without a path',
      'CHATAPI_MAX_MESSAGE_BYTES: "1TiB" is no size; expected one such as 512KiB or 4MiB',
      '--drain-timeout: "1d" is no duration; expected one such as 500ms, 10s or 2m',
      'CHATAPI_LOG_LEVEL: "loud" is not one of trace, debug, info, warn, error, fatal, silent',
      expect.stringContaining('0.0.0.0:1 is reached by other machines'),
    ])
  })

  it.each(['127.0.0.1:1', '127.8.9.10:1', '[::1]:1', 'localhost:1', '[0:0:0:0:0:0:0:1]:1'])(
    'takes %s as loopback',
    (address) => {
      expect(faultsOf({ 'grpc-listen': [address] })).toEqual([])
    },
  )

  it.each(['0.0.0.0:1', '[::]:1', '192.168.1.5:1', 'example.org:1', '[::ffff:10.0.0.1]:1'])(
    'takes %s only with --insecure-listen',
    (address) => {
      expect(faultsOf({ 'grpc-listen': [address] })).toHaveLength(1)
      expect(faultsOf({ 'grpc-listen': [address], 'insecure-listen': true })).toEqual([])
    },
  )

  it.each([
    '',
    '50051',
    ':50051',
    '127.0.0.1',
    '127.0.0.1:',
    '::1:80',
    '[::1]',
    '[a]:1',
    'a b:1',
    'http://h:1',
    'h:-1',
  ])('refuses the address "%s"', (address) => {
    expect(faultsOf({ 'grpc-listen': [address] })).toHaveLength(1)
  })

  it('serves on one listener when the other is off, and refuses to serve on none', () => {
    expect(readServeConfig({ 'grpc-listen': ['off'] }, {}).grpcListen).toBeUndefined()
    expect(faultsOf({ 'grpc-listen': ['off'], 'http-listen': ['off'] })).toEqual([expect.stringContaining('both off')])
  })

  it('refuses one address for both listeners, except port 0', () => {
    const both = (address: string) => faultsOf({ 'grpc-listen': [address], 'http-listen': [address] })
    expect(both('127.0.0.1:7000')).toEqual([expect.stringContaining('give each its own port')])
    expect(both('127.0.0.1:0')).toEqual([])
  })

  it('gathers origins from repeated flags and from lists', () => {
    const flags = { 'cors-origin': ['https://a.org,http://localhost:3000', 'https://a.org'] }
    expect(readServeConfig(flags, {}).corsOrigins).toEqual(['https://a.org', 'http://localhost:3000'])
  })

  it('refuses a flag that is given twice where one value is meant', () => {
    expect(faultsOf({ store: ['sqlite:a', 'sqlite:b'] })).toEqual(['--store: is given more than once'])
  })

  it.each(['512KiB', '524288', '524288B', '64MiB'])('takes %s as the largest message', (size) => {
    expect(faultsOf({ 'max-message-bytes': [size] })).toEqual([])
  })

  it.each(['65535', '65MiB', '4mb', '-1', '', 'toString'])('refuses "%s" as the largest message', (size) => {
    expect(faultsOf({ 'max-message-bytes': [size] })).toHaveLength(1)
  })

  it('is frozen', () => {
    const config = readServeConfig({}, {})
    expect([config, config.grpcListen, config.corsOrigins].map(Object.isFrozen)).toEqual([true, true, true])
  })
})

describe('the configuration of import', () => {
  it('reads switches and the time zone from the environment, too', () => {
    expect(readImportConfig({ json: true }, { CHATAPI_DRY_RUN: 'yes', CHATAPI_TIME_ZONE: 'Asia/Shanghai' })).toEqual({
      store: 'sqlite:./data/chatapi.db',
      dryRun: true,
      json: true,
      timeZone: 'Asia/Shanghai',
    })
  })

  it('refuses what is no switch and no time zone', () => {
    const read = () => readImportConfig({ 'time-zone': ['Mars/Olympus'] }, { CHATAPI_JSON: 'maybe' })
    expect(read).toThrow(/Mars\/Olympus" is no time zone[\s\S]*CHATAPI_JSON: "maybe" is no switch/)
  })
})
