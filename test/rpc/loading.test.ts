import { createClient } from '@connectrpc/connect'
import pino from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { Answers } from '../../src/directory/answers.ts'
import { Commands } from '../../src/directory/commands.ts'
import { Exports } from '../../src/directory/exports.ts'
import { View } from '../../src/directory/view.ts'
import { openGate } from '../../src/rpc/gate.ts'
import { newHealthStatus, routes } from '../../src/rpc/routes.ts'
import type { Store } from '../../src/store/store.ts'
import { createListener } from '../../src/transport/listener.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { failureOf } from '../support/errors.ts'
import { clientOf, type Service, UNUSED, wires } from '../support/service.ts'

describe.each(Object.entries(wires))('over %s, while the directory loads', (_name, wire) => {
  it('calls are UNAVAILABLE and the health is NOT_SERVING, and then they are answered', async () => {
    const store = await openTestStore()
    const gate = Promise.withResolvers<void>()
    const gated = Object.assign(Object.create(store) as Store, {
      capabilities: store.capabilities,
      snapshot: (...args: Parameters<Store['snapshot']>) => gate.promise.then(() => store.snapshot(...args)),
      watch: store.watch.bind(store),
      get: store.get.bind(store),
      find: store.find.bind(store),
      tombstones: store.tombstones.bind(store),
      commit: store.commit.bind(store),
    })
    const log = pino({ level: 'silent' })
    const view = new View(gated, frames, log)
    const ending = new AbortController()
    const following = view.follow(ending.signal)
    const health = newHealthStatus()
    const directory = {
      reader: new Answers(view, frames),
      commands: new Commands(gated),
      exports: new Exports(gated),
      watch: undefined,
    }
    const services = routes({ gate: openGate(directory), log, maxMessageBytes: 2 ** 22, ...UNUSED }, health)
    const listeners = (['grpc', 'http'] as const).map((door) =>
      createListener(door, { services, log, maxMessageBytes: 2 ** 22 }),
    )
    onTestFinished(async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
      ending.abort()
      await following
    })
    const [grpcPort, httpPort] = await Promise.all(listeners.map((listener) => listener.listen('127.0.0.1', 0)))
    const transport = wire({
      grpcUrl: `http://127.0.0.1:${grpcPort}`,
      httpUrl: `http://127.0.0.1:${httpPort}`,
    } as Service)
    const api = clientOf(transport)

    const calls = [
      api.getAllStreams({}),
      api.getStreamByGroupId({ groupId: '1' }),
      api.getStreamsSummary({}),
      api.openStream({ platform: 'qq', groupId: '1' }),
    ]
    for (const call of calls) {
      expect(await failureOf(call)).toMatchObject({
        code: 'Unavailable',
        reason: 'ERROR_REASON_DIRECTORY_LOADING',
        isRetryable: true,
      })
    }
    const healthClient = createClient(Health, transport)
    expect((await healthClient.check({})).status).toBe(ServingStatus.NOT_SERVING)

    gate.resolve()
    await view.loaded
    health.set({ isServing: true, takesWrites: true })
    expect((await api.openStream({ platform: 'qq', groupId: '1' })).created).toBe(true)
    expect((await api.getAllStreams({})).totalSize).toBe(1)
    expect((await healthClient.check({ service: 'chatapi.v1.ChatApi' })).status).toBe(ServingStatus.SERVING)
  })
})
