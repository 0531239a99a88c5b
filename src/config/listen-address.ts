import { isIP } from 'node:net'

/** The ports: `grpc` takes nothing but gRPC over HTTP/2. `http` takes every protocol, over HTTP/1.1 and HTTP/2. */
export type Door = 'grpc' | 'http'

/** Where a listener binds. Port 0 asks the system for a free one. */
export interface ListenAddress {
  /** A name or an IP address, an IPv6 address without its brackets. */
  readonly host: string
  readonly port: number
}

/** Reads `HOST:PORT` or `[IPv6]:PORT`. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6)) {
    throw new Error(`${JSON.stringify(text)} is no address; expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080`)
  }
  return { host, port }
}

export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether only processes on this machine reach the address. */
export function isLoopback({ host }: ListenAddress): boolean {
  if (isIP(host) === 4) return host.startsWith('127.')
  if (isIP(host) === 6) return new URL(`http://[${host}]`).hostname === '[::1]'
  return host.toLowerCase() === 'localhost'
}
