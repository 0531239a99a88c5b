import { Code } from '@connectrpc/connect'
import { describe, expect, test } from 'vitest'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { HealthStatus, healthService } from '../../src/rpc/health.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { clientOf, start, WIRES, type Wire } from './wires.ts'

const NAME = 'chatapi.v1.ChatApi'
const WRITES = 'chatapi.v1.ChatApi/writes'

const NEITHER = { isServing: false, takesWrites: false }
const READS = { isServing: true, takesWrites: false }
const ALL = { isServing: true, takesWrites: true }

async function serve(wire: Wire) {
  const health = new HealthStatus(NAME)
  const { url } = await start(wire.listener, [bind(Health, healthService(health))])
  return { health, client: clientOf(Health, wire, url) }
}

describe.each(WIRES)('$name', (wire) => {
  test('checks the server, its service and its writes, and knows no other', async () => {
    const { health, client } = await serve(wire)
    const statuses = async () => {
      const names = ['', NAME, WRITES]
      return (await Promise.all(names.map((service) => client.check({ service })))).map(({ status }) => status)
    }
    const { SERVING, NOT_SERVING } = ServingStatus
    expect(await statuses()).toEqual([NOT_SERVING, NOT_SERVING, NOT_SERVING])
    health.set(ALL)
    expect(await statuses()).toEqual([SERVING, SERVING, SERVING])
    health.set(READS)
    expect(await statuses()).toEqual([SERVING, SERVING, NOT_SERVING])
    for (const service of ['other', '/writes', 'other/writes']) {
      await expect(client.check({ service })).rejects.toMatchObject({ code: Code.NotFound })
    }
    const list = (await client.list({})).statuses
    expect(Object.entries(list).map(([name, { status }]) => [name, status])).toEqual(
      expect.arrayContaining([
        ['', SERVING],
        [NAME, SERVING],
        [WRITES, NOT_SERVING],
      ]),
    )
    expect(Object.keys(list)).toHaveLength(3)
  })

  test.each(['', NAME, WRITES])('tells a watcher of "%s" its status at once and then each change', async (service) => {
    const { health, client } = await serve(wire)
    const caller = new AbortController()
    const watch = client.watch({ service }, { signal: caller.signal })[Symbol.asyncIterator]()
    expect((await watch.next()).value.status).toBe(ServingStatus.NOT_SERVING)
    health.set(ALL)
    expect((await watch.next()).value.status).toBe(ServingStatus.SERVING)
    health.set(ALL)
    health.set({ ...NEITHER, reason: 'why' })
    expect((await watch.next()).value.status).toBe(ServingStatus.NOT_SERVING)
    caller.abort()
    await expect(watch.next()).rejects.toMatchObject({ code: Code.Canceled })
  })

  test('tells a watcher of the writes when only those go', async () => {
    const { health, client } = await serve(wire)
    health.set(ALL)
    const caller = new AbortController()
    const [ofWrites, ofServer] = [WRITES, ''].map((service) =>
      client.watch({ service }, { signal: caller.signal })[Symbol.asyncIterator](),
    ) as [AsyncIterator<{ status: ServingStatus }>, AsyncIterator<{ status: ServingStatus }>]
    for (const watch of [ofWrites, ofServer]) expect((await watch.next()).value.status).toBe(ServingStatus.SERVING)
    health.set(READS)
    expect((await ofWrites.next()).value.status).toBe(ServingStatus.NOT_SERVING)
    health.set(NEITHER)
    expect((await ofServer.next()).value.status).toBe(ServingStatus.NOT_SERVING)
    caller.abort()
    for (const watch of [ofWrites, ofServer]) {
      await expect(watch.next()).rejects.toMatchObject({ code: Code.Canceled })
    }
  })

  test('lets one watch a service that is not known', async () => {
    const { client } = await serve(wire)
    const caller = new AbortController()
    const watch = client.watch({ service: 'other' }, { signal: caller.signal })[Symbol.asyncIterator]()
    expect((await watch.next()).value.status).toBe(ServingStatus.SERVICE_UNKNOWN)
    caller.abort()
    await expect(watch.next()).rejects.toMatchObject({ code: Code.Canceled })
  })
})
