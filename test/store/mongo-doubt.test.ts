import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import { type Mutation, type Store, StoreUnavailableError } from '../../src/store/store.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { creation, groupStream, update } from '../support/streams.ts'

const SERVERS = { 'a replica set': startReplicaSet, 'a standalone server': startStandalone }
const TIMEOUT_MS = 60_000

describe.skipIf(mongodMissing()).each(Object.entries(SERVERS))(
  'a commit on %s that hangs',
  { timeout: TIMEOUT_MS },
  (_kind, startServers) => {
    let servers: MongoServers
    let store: Store
    beforeAll(async () => {
      servers = await startServers()
      store = await openMongoStore(servers.url('doubt'))
    }, TIMEOUT_MS)
    afterAll(async () => {
      await store?.close()
      await servers?.stop()
    })

    async function failureOf(mutations: readonly Mutation[]): Promise<StoreUnavailableError> {
      await using _frost = await servers.freeze()
      const failure = await store.commit(mutations, { timeoutMs: () => 1_000 }).catch((error) => error)
      expect(failure).toBeInstanceOf(StoreUnavailableError)
      return failure
    }

    it('is in doubt once a write was sent', async () => {
      expect(await failureOf([creation(groupStream('sent'))])).toMatchObject({ isInDoubt: true })
    })

    it('is in no doubt while it only reads', async () => {
      const stream = groupStream('read')
      await store.commit([creation(stream)])
      expect(await failureOf([update(stream, { ...stream, scope: 'x' })])).toMatchObject({ isInDoubt: false })
    })
  },
)

describe.skipIf(mongodMissing())('a transaction that hangs', { timeout: TIMEOUT_MS }, () => {
  it('is in no doubt before it is committed', async () => {
    await using servers = await startReplicaSet()
    const store = await openMongoStore(servers.url('doubt'))
    try {
      await using _frost = await servers.freeze()
      const mutations = ['a', 'b'].map((id) => creation(groupStream(id)))
      await expect(store.commit(mutations, { timeoutMs: () => 1_000 })).rejects.toMatchObject({
        name: 'StoreUnavailableError',
        isInDoubt: false,
      })
    } finally {
      await store.close()
    }
  })
})
