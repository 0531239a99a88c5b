import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { Store } from '../../src/store/store.ts'
import { failureOf } from '../support/errors.ts'
import { type Line, recordedLog } from '../support/log.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { type ChatApiClient, clientOf, serveDirectly, startService, wires } from '../support/service.ts'

const TIMEOUT_MS = 60_000

/** Every call that has to ask the store, by its name. */
const READS: Readonly<Record<string, (api: ChatApiClient, options: object) => Promise<unknown>>> = {
  getAllStreams: (api, options) => api.getAllStreams({}, options),
  getStreamByGroupId: (api, options) => api.getStreamByGroupId({ groupId: '1' }, options),
  getStreamsSummary: (api, options) => api.getStreamsSummary({}, options),
  getStream: (api, options) => api.getStream({ streamId: 'x' }, options),
  'getStream at a revision': (api, options) => api.getStream({ streamId: 'x', atLeastRevision: '1' }, options),
}
const WRITES: typeof READS = {
  openStream: (api, options) => api.openStream({ platform: 'qq', groupId: '1' }, options),
  recordActivity: (api, options) =>
    api.recordActivity({ activities: [{ platform: 'qq', groupInfo: { groupId: '1' } }] }, options),
}
const AWAY = { code: 'Unavailable', reason: 'ERROR_REASON_STORE_UNAVAILABLE', isRetryable: true }

describe.skipIf(mongodMissing()).each([
  ['a replica set', startReplicaSet, WRITES],
  ['a standalone server', startStandalone, { ...READS, ...WRITES }],
])('over %s that hangs', { timeout: TIMEOUT_MS }, (_kind, startServers, calls) => {
  let servers: MongoServers
  let api: ChatApiClient
  beforeAll(async () => {
    servers = await startServers()
  }, TIMEOUT_MS)
  afterAll(() => servers?.stop())
  beforeEach(async () => {
    api = clientOf(wires['gRPC on the gRPC port']!(await startService({ storeUrl: servers.url('hanging') })))
    await expect.poll(() => api.openStream({ platform: 'qq', groupId: '0' }), { timeout: 20_000 }).toBeDefined()
  })

  it.each([
    ['before their deadlines', { timeoutMs: 5_000 }],
    ['within five seconds where they have none', {}],
  ])('calls fail %s', async (_when, options) => {
    await using _frost = await servers.freeze()
    const signal = AbortSignal.timeout(5_000)
    const failures = Object.entries(calls).map(async ([name, call]) => ({
      name,
      ...(await failureOf(call(api, { signal, ...options }))),
    }))
    const names = Object.keys(calls)
    expect(await Promise.all(failures)).toMatchObject(names.map((name) => ({ name, ...AWAY })))
  })
})

describe.skipIf(mongodMissing())('a write that MongoDB does not answer', { timeout: TIMEOUT_MS }, () => {
  let servers: MongoServers
  let store: Store
  let commit: Store['commit']
  let api: ChatApiClient
  let lines: readonly Line[]
  let losses: number
  beforeAll(async () => {
    servers = await startStandalone()
  }, TIMEOUT_MS)
  afterAll(() => servers?.stop())
  beforeEach(async () => {
    store = await openMongoStore(servers.url('unanswered'))
    onTestFinished(() => store.close())
    commit = store.commit.bind(store)
    const recorded = recordedLog()
    lines = recorded.lines
    losses = 0
    api = await serveDirectly(store, recorded.log, () => {
      losses += 1
    })
  })

  async function freeze(): Promise<void> {
    const frost = await servers.freeze()
    onTestFinished(() => frost[Symbol.asyncDispose]())
  }

  it('tells the caller that it may have happened, where it may', async () => {
    store.commit = async (...args) => {
      await freeze()
      return commit(...args)
    }
    const failure = await failureOf(api.openStream({ platform: 'qq', groupId: '1' }, { timeoutMs: 5_000 }))
    expect(failure).toMatchObject(AWAY)
    expect(failure.message).toContain('whether the write happened is not known')
  })

  it('tells the caller that nothing was written, where nothing was', async () => {
    await freeze()
    const failure = await failureOf(api.openStream({ platform: 'qq', groupId: '2' }, { timeoutMs: 5_000 }))
    expect(failure).toMatchObject(AWAY)
    expect(failure.message).toContain('nothing was written')
  })

  it('leaves one line in the log, with its method and cause, and few where many fail', async () => {
    await freeze()
    const call = () => api.openStream({ platform: 'qq', groupId: '3' }, { timeoutMs: 5_000 })
    const failures = Array.from({ length: 10 }, () => failureOf(call()))
    for (const failure of await Promise.all(failures)) expect(failure).toMatchObject(AWAY)
    expect(lines[0]).toMatchObject({
      level: 50,
      method: 'chatapi.v1.ChatApi/OpenStream',
      err: { type: 'StoreUnavailableError', message: expect.stringMatching(/^MongoDB did not answer within \d+ ms$/) },
    })
    expect(lines.length).toBeLessThan(5)
  })

  it('hastens the look at the store', async () => {
    await freeze()
    await failureOf(api.openStream({ platform: 'qq', groupId: '5' }, { timeoutMs: 5_000 }))
    expect(losses).toBe(1)
  })

  it('is done where it was answered and MongoDB hangs after it', async () => {
    store.commit = async (...args) => {
      const revision = await commit(...args)
      await freeze()
      return revision
    }
    const opened = await api.openStream({ platform: 'qq', groupId: '4' }, { timeoutMs: 5_000 })
    expect(opened).toMatchObject({ created: true, revision: expect.stringMatching(/^\d+$/) })
  })
})
