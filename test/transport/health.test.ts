import { Code } from '@connectrpc/connect'
import { describe, expect, test } from 'vitest'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { HealthStatus, healthService } from '../../src/rpc/health.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { clientOf, start, WIRES, type Wire } from './wires.ts'

const NAME = 'chatapi.v1.ChatApi'

async function serve(wire: Wire) {
  const health = new HealthStatus([NAME])
  const { url } = await start(wire.listener, [bind(Health, healthService(health))])
  return { health, client: clientOf(Health, wire, url) }
}

describe.each(WIRES)('$name', (wire) => {
  test('checks the server and a service, and knows no other', async () => {
    const { health, client } = await serve(wire)
    expect((await client.check({})).status).toBe(ServingStatus.NOT_SERVING)
    health.set('serving')
    expect((await client.check({ service: NAME })).status).toBe(ServingStatus.SERVING)
    expect((await client.check({})).status).toBe(ServingStatus.SERVING)
    await expect(client.check({ service: 'other' })).rejects.toMatchObject({ code: Code.NotFound })
    const { statuses } = await client.list({})
    expect(Object.keys(statuses).sort()).toEqual(['', NAME])
    expect(statuses[NAME]?.status).toBe(ServingStatus.SERVING)
  })

  test('tells a watcher the status at once and then each change', async () => {
    const { health, client } = await serve(wire)
    const caller = new AbortController()
    const watch = client.watch({ service: NAME }, { signal: caller.signal })[Symbol.asyncIterator]()
    expect((await watch.next()).value.status).toBe(ServingStatus.NOT_SERVING)
    health.set('serving')
    expect((await watch.next()).value.status).toBe(ServingStatus.SERVING)
    health.set('serving')
    health.set('not serving')
    expect((await watch.next()).value.status).toBe(ServingStatus.NOT_SERVING)
    caller.abort()
    await expect(watch.next()).rejects.toMatchObject({ code: Code.Canceled })
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
