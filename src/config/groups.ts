import { serveSettings } from './config.ts'
import type { Settings } from './settings.ts'

/** What the options of `serve` are for, in the order in which help and the reference have them. */
export const GROUPS = [
  'Store',
  'Ports',
  'Callers',
  'TLS',
  'Limits',
  'Health',
  'Start and stop',
  'Following',
  'Log',
] as const

export type Group = (typeof GROUPS)[number]

const GROUP_OF: Readonly<Record<keyof typeof serveSettings, Group>> = {
  store: 'Store',
  logRetentionMs: 'Store',
  logRetentionBytes: 'Store',
  reads: 'Store',
  platformAliases: 'Store',
  grpcListen: 'Ports',
  httpListen: 'Ports',
  insecureListen: 'Ports',
  allowedHosts: 'Ports',
  corsOrigins: 'Ports',
  authTokens: 'Callers',
  oidcIssuer: 'Callers',
  oidcAudience: 'Callers',
  rate: 'Callers',
  maxStreamsPerPrincipal: 'Callers',
  tlsCert: 'TLS',
  tlsKey: 'TLS',
  tlsClientCa: 'TLS',
  maxMessageBytes: 'Limits',
  maxUnreadBytes: 'Limits',
  maxConnections: 'Limits',
  maxConnectionsPerAddress: 'Limits',
  maxStreamsPerConnection: 'Limits',
  requestTimeoutMs: 'Limits',
  idleTimeoutMs: 'Limits',
  maxWatchQueueBytes: 'Limits',
  maxDeadlineMs: 'Limits',
  maxConnectionAgeMs: 'Limits',
  maxClockSkewMs: 'Limits',
  readyWhen: 'Health',
  workers: 'Start and stop',
  drainDelayMs: 'Start and stop',
  drainTimeoutMs: 'Start and stop',
  follow: 'Following',
  timeZone: 'Following',
  logLevel: 'Log',
  logFormat: 'Log',
}

/** The group of a setting; undefined for those of other commands, which are few. */
export function groupOf(settings: Settings, key: string): Group | undefined {
  return settings === serveSettings ? GROUP_OF[key as keyof typeof serveSettings] : undefined
}
