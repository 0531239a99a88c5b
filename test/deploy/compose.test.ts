import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { configOf, expectKnownSettings, portsOf } from './settings.ts'

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly networks: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on: Readonly<Record<string, unknown>>
  readonly secrets: readonly string[]
  readonly stop_grace_period: string
}

const folder = new URL('../../deploy/', import.meta.url)
const text = await readFile(new URL('compose.yaml', folder), 'utf8')
const { services, networks, secrets, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>
  networks: Record<string, { internal: boolean }>
  secrets: Record<string, { file: string }>
  volumes: Record<string, null>
}
const dockerfile = await readFile(new URL('Dockerfile', folder), 'utf8')

const servers = Object.entries(services).filter(([, service]) => service.build)
const members = Object.entries(services).filter(([, { command }]) => command?.[0] === 'mongod')

describe('deploy/compose.yaml', () => {
  it('names only settings that the server has', () => expectKnownSettings(text))

  it('has two servers and three members of one replica set', () => {
    expect(servers).toHaveLength(2)
    expect(members).toHaveLength(3)
  })

  it('refers to what it has', () => {
    for (const service of Object.values(services)) {
      for (const name of Object.keys(service.depends_on ?? {})) expect(services).toHaveProperty(name)
      for (const name of service.networks) if (name !== 'default') expect(networks).toHaveProperty(name)
      for (const name of service.secrets ?? []) expect(Object.keys(secrets)).toContain(name)
    }
    expect(Object.keys(volumes)).toEqual(members.map(([name]) => name))
  })

  it.each(servers)('%s starts with its settings and those of the image', (_name, server) => {
    const ofImage = Object.fromEntries(
      dockerfile.matchAll(/(CHATAPI_\w+)=(\S+)/g).map(([, name, value]) => [name, value]),
    )
    const config = configOf({ ...ofImage, ...server.environment })
    expect(config.authTokens).toBe(`/run/secrets/${server.secrets[0]}`)
    expect(config.drainTimeoutMs).toBeLessThan(1_000 * Number.parseInt(server.stop_grace_period, 10))
    expect(server.ports!.map((port) => Number(port.split(':')[2]))).toEqual(portsOf(config))
  })

  it.each(servers)('%s asks all members by their names and the name of their set', (_name, server) => {
    const url = new URL(server.environment.CHATAPI_STORE!.replaceAll(',', '.'))
    expect(url.hostname.split('.')).toEqual(members.map(([name]) => name))
    const set = url.searchParams.get('replicaSet')
    for (const [, { command }] of members) expect(command).toEqual(['mongod', '--replSet', set, '--bind_ip_all'])
    expect(services['mongo-initiate']!.command![0]).toContain(`_id: '${set}'`)
  })

  it('shows servers to this machine alone, each on ports of its own, and members to nobody but servers', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports)
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
    const taken = published.map((port) => port.split(':')[1])
    expect(new Set(taken).size).toBe(taken.length)
    for (const [, member] of members) {
      expect(member.networks).toEqual(['database'])
      expect(member.ports).toBeUndefined()
    }
    expect(networks.database!.internal).toBe(true)
  })
})
