import { renameSync } from 'node:fs'
import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { recordedLog } from '../support/log.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { type ServiceOptions, startService, wires } from '../support/service.ts'

const { SERVING, NOT_SERVING } = ServingStatus
const NAMES = ['', 'chatapi.v1.ChatApi', 'chatapi.v1.ChatApi/writes']
const AWAY = 'the database does not answer, or refuses'
const TIMEOUT_MS = 60_000

/** A running service, and who watches its health. */
async function watched(options: ServiceOptions = {}) {
  const { log, lines } = recordedLog()
  const service = await startService({ ...options, log })
  const client = createClient(Health, wires['gRPC on the gRPC port']!(service))
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  const watches = NAMES.map((name) =>
    client.watch({ service: name }, { signal: ending.signal })[Symbol.asyncIterator](),
  )
  const pages = async () => {
    const [healthz, readyz] = await Promise.all(
      ['healthz', 'readyz'].map((page) => fetch(`${service.httpUrl}/${page}`)),
    )
    return { healthz: healthz!.status, readyz: [readyz!.status, await readyz!.json()] }
  }
  return {
    service,
    pages,
    /** Waits until the watches of these names tell the status. */
    async until(status: ServingStatus, names: readonly string[] = NAMES): Promise<void> {
      for (const name of names) {
        while ((await watches[NAMES.indexOf(name)]!.next()).value.status !== status);
      }
    },
    async statuses(): Promise<ServingStatus[]> {
      return (await Promise.all(NAMES.map((name) => client.check({ service: name })))).map(({ status }) => status)
    },
    /** What the log says of writes. */
    told: () => lines.filter(({ msg }) => /^the store takes/.test(String(msg))),
  }
}

const [, , WRITES] = NAMES as [string, string, string]
const READY = { healthz: 200, readyz: [200, { status: 'serving', writes: 'serving' }] }
const LOSS = { level: 50, msg: 'the store takes no writes' }
const RETURN = { level: 30, msg: 'the store takes writes again' }

function readsOnly(reason: string) {
  return { healthz: 200, readyz: [200, { status: 'serving', writes: 'not serving', reason }] }
}

function away(reason: string) {
  return { healthz: 200, readyz: [503, { status: 'not serving', writes: 'not serving', reason }] }
}

describe('a SQLite file that is moved away under the server', { timeout: TIMEOUT_MS }, () => {
  const reason = 'the database file was removed or replaced while it was open'

  it('leaves the reads serving, and the writes serve again once it is back', async () => {
    const { service, until, statuses, pages, told } = await watched()
    await until(SERVING)
    expect(await pages()).toEqual(READY)
    const path = service.storeUrl.replace('sqlite:', '')
    renameSync(path, `${path}.away`)
    await until(NOT_SERVING, [WRITES])
    expect(await statuses()).toEqual([SERVING, SERVING, NOT_SERVING])
    expect(await pages()).toEqual(readsOnly(reason))
    expect(told()).toMatchObject([{ ...LOSS, err: { message: expect.stringContaining(path) } }])
    renameSync(`${path}.away`, path)
    await until(SERVING, [WRITES])
    expect(await statuses()).toEqual([SERVING, SERVING, SERVING])
    expect(await pages()).toEqual(READY)
    expect(told()).toMatchObject([LOSS, RETURN])
  })

  it('takes all with it where the server is ready with writes only', async () => {
    const { service, until, pages } = await watched({ readyWhen: 'writes' })
    await until(SERVING)
    expect(await pages()).toEqual(READY)
    const path = service.storeUrl.replace('sqlite:', '')
    renameSync(path, `${path}.away`)
    await until(NOT_SERVING)
    expect(await pages()).toEqual(away(reason))
    renameSync(`${path}.away`, path)
    await until(SERVING)
  })
})

/** The ways in which a mongod can be lost; each gives the way back. */
const LOSSES: Readonly<Record<string, (servers: MongoServers) => Promise<() => Promise<void>>>> = {
  frozen: async (servers) => {
    const frost = await servers.freeze()
    return async () => frost[Symbol.asyncDispose]()
  },
  killed: async (servers) => {
    await servers.kill(0)
    return () => servers.restart(0)
  },
}

describe.skipIf(mongodMissing()).each([
  ['a replica set', startReplicaSet, true],
  ['a standalone mongod', startStandalone, false],
])('%s that is', { timeout: TIMEOUT_MS }, (_kind, startServers, hasView) => {
  let servers: MongoServers
  beforeAll(async () => {
    servers = await startServers()
  }, TIMEOUT_MS)
  afterAll(() => servers?.stop())

  it.each(Object.entries(LOSSES))(
    `%s takes ${hasView ? 'the writes' : 'all'} with it, until it is back`,
    async (_how, lose) => {
      const { until, statuses, pages, told } = await watched({ storeUrl: servers.url('away') })
      await until(SERVING)
      expect(await pages()).toEqual(READY)
      const bringBack = await lose(servers)
      await until(NOT_SERVING, hasView ? [WRITES] : NAMES)
      expect(await statuses()).toEqual(
        hasView ? [SERVING, SERVING, NOT_SERVING] : [NOT_SERVING, NOT_SERVING, NOT_SERVING],
      )
      expect(await pages()).toEqual(hasView ? readsOnly(AWAY) : away(AWAY))
      await bringBack()
      await until(SERVING, hasView ? [WRITES] : NAMES)
      expect(await pages()).toEqual(READY)
      expect(told()).toMatchObject([LOSS, RETURN])
    },
  )
})
