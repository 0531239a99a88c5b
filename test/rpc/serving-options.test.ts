import { createClient } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { clientOf, startService, wires } from '../support/service.ts'

const overGrpc = wires['gRPC on the gRPC port']!

test('reads from the store, call by call, show what was written', async () => {
  const client = clientOf(overGrpc(await startService({ reads: 'store' })))
  const { stream, revision } = await client.openStream({ platform: 'qq', groupId: '7' })
  const found = await client.getStreamByGroupId({ groupId: '7', atLeastRevision: revision })
  expect(found.stream).toEqual(stream)
  expect(await client.getAllStreams({})).toMatchObject({ streams: [stream], totalSize: 1 })
  expect((await client.getStreamsSummary({})).totalStreams).toBe(1n)
})

test('while a drain is delayed health says that the server ends, and calls are answered', async () => {
  const service = await startService({ drainDelayMs: 500 })
  const client = clientOf(overGrpc(service))
  await client.getStreamsSummary({})
  const drained = service.drain()
  const { status } = await createClient(Health, overGrpc(service)).check({})
  expect(status).toBe(ServingStatus.NOT_SERVING)
  expect((await client.getStreamsSummary({})).totalStreams).toBe(0n)
  await drained
})
